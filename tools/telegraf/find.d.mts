/** Says how to get Telegraf. */
export const HOW_TO_GET_TELEGRAF: string;
/** The path of a Telegraf binary; undefined when there is none. */
export function findTelegraf(): string | undefined;
