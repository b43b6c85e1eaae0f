const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The longest time to set a timer to, in milliseconds: Node.js ends one of 2^31 ms or more (24.9 days) at once. */
export const MAX_TIMER_MS = 24 * 86_400_000;

export const DURATION_RULE = 'a duration such as "30s", "5m", "24h" or "1d"';

/** @returns milliseconds; undefined when the text is not a duration */
export function parseDuration(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  const durationMs = Number(amount) * (UNITS_MS[unit] ?? NaN);
  return Number.isFinite(durationMs) ? durationMs : undefined;
}

/** @returns a duration as parseDuration() reads it, in the largest unit that needs no fraction */
export function formatDuration(durationMs: number): string {
  const [unit, unitMs] = Object.entries(UNITS_MS).findLast(([, ms]) => durationMs % ms === 0) ?? ['ms', 1];
  return `${durationMs / unitMs}${unit}`;
}
