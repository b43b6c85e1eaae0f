import type { Refusal } from '../gateway-client.js';

/** What a partial write dropped. */
export interface PartialWrite {
  /** The dropped lines that are named, each once, by ascending index. */
  readonly refusals: Refusal[];
  /** How many lines were dropped. */
  readonly dropped: number;
}

/**
 * Reads the answer 422 of /api/v2/write (docs/api.md).
 * @param lineCount the lines that were sent
 * @returns undefined when it is another answer
 */
export function readPartialWrite(body: unknown, lineCount: number): PartialWrite | undefined {
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  const count = /^partial write: .*\bdropped=(\d+)$/s.exec(message)?.[1];
  const dropped = Number(count);
  if (count === undefined || dropped === 0 || dropped > lineCount) return undefined;
  const reasons = new Map<number, string>();
  for (const [, line, reason = ''] of message.matchAll(/^line (\d+): (.*)$/gm)) {
    const index = Number(line) - 1;
    if (index < 0 || index >= lineCount) return undefined;
    if (!reasons.has(index)) reasons.set(index, reason);
  }
  const refusals = [...reasons].map(([index, reason]) => ({ index, reason }));
  return { refusals: refusals.sort((a, b) => a.index - b.index), dropped };
}
