/** Says how to get influxd. */
export const HOW_TO_GET_INFLUXD: string;
/** The path of an influxd 2 binary; undefined when there is none. */
export function findInfluxd(): string | undefined;
