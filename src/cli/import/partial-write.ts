import type { Refusal } from '../gateway-client.js';

/** What a partial write dropped. */
export interface PartialWrite {
  /** The dropped lines that are named, by ascending index. */
  readonly refusals: Refusal[];
  /** How many lines were dropped. */
  readonly dropped: number;
}

/** Reads the answer 422 of /api/v2/write (docs/api.md). @returns undefined when it is another answer */
export function readPartialWrite(body: unknown): PartialWrite | undefined {
  const { message } = (body ?? {}) as { message?: unknown };
  const [, dropped] = typeof message === 'string' ? (/\bdropped=(\d+)$/.exec(message) ?? []) : [];
  if (typeof message !== 'string' || dropped === undefined) return undefined;
  const refusals: Refusal[] = [];
  for (const [, line, reason = ''] of message.matchAll(/^line (\d+): (.*)$/gm))
    refusals.push({ index: Number(line) - 1, reason });
  return { refusals, dropped: Number(dropped) };
}
