import type { Importer } from './importer.js';

/** Reasons that are listed. The rest is counted. */
const MAX_REASONS = 100;

/** The result of an import: counts, then each reason for a refusal with its lines. */
export function formatSummary(
  { counts, refusals }: Pick<Importer, 'counts' | 'refusals'>,
  interrupted: boolean,
): string {
  const { sent, accepted, refused } = counts;
  const lines = [`${sent} sent, ${accepted} accepted, ${refused} refused`];
  const reasons = [...refusals];
  for (const [reason, where] of reasons.slice(0, MAX_REASONS))
    lines.push(`  ${formatLines(where)}: ${reason}`);
  if (reasons.length > MAX_REASONS) lines.push(`  and ${reasons.length - MAX_REASONS} more reasons`);
  if (interrupted)
    lines.push('Interrupted. Run the same command again to continue: no reading is stored twice.');
  return `${lines.join('\n')}\n`;
}

/** "line 7", "lines 2-5, 9" */
function formatLines(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  const text = ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ');
  return `${numbers.length === 1 ? 'line' : 'lines'} ${text}`;
}
