import type { RefusalLog, RefusedRows } from './refusal-log.js';
import { count } from '../number-text.js';

/** The most reasons that are listed. */
const MAX_LISTED = 100;

/** What is counted: with a column for each sensor, a row has several readings. */
export type Noun = 'row' | 'reading';

export function nounFor(isWide: boolean | undefined): Noun {
  return isWide === true ? 'reading' : 'row';
}

/** What happened to the rows of a file. */
export interface Outcome {
  readonly noun: Noun;
  readonly rows: number;
  readonly accepted: number;
  /** Rows that this command refuses, then those that the gateway refuses. */
  readonly refused: readonly RefusalLog[];
  readonly repeats: Repeats;
  /** Lines that were passed over. */
  readonly comments: number;
}

/** How many accepted rows replaced an earlier one of the file. */
export interface Repeats {
  /** Undefined when they could not be counted. */
  readonly count: number | undefined;
  /** Whether the true number may be smaller. */
  readonly isAtMost: boolean;
  readonly problem: string | undefined;
}

/** Counts, then each reason for a refusal with its lines. */
export function formatOutcome(
  { noun, rows, accepted, refused, repeats, comments }: Outcome,
  words = DONE,
): string[] {
  const total = refused.reduce((sum, log) => sum + log.count, 0);
  const unconfirmed = rows - accepted - total;
  const parts = [
    `${count(accepted)} ${words.accepted} (${formatRepeats(repeats, `${words.replaced} ${noun}`)})`,
    `${count(total)} refused`,
  ];
  if (unconfirmed > 0) parts.push(`${count(unconfirmed)} not confirmed`);
  if (comments > 0) parts.push(`${count(comments)} comment ${comments === 1 ? 'line' : 'lines'} passed over`);
  return [`${counted(rows, noun)}: ${parts.join(', ')}`, ...formatRefusals(refused, noun)];
}

const DONE = { accepted: 'accepted', replaced: 'replaced an earlier' };
/** For a summary of what would happen. */
export const POSSIBLE: typeof DONE = { accepted: 'can be sent', replaced: 'would replace an earlier' };

function formatRepeats({ count: repeats, isAtMost, problem }: Repeats, replaced: string): string {
  if (repeats === undefined) return `how many ${replaced} was not counted: ${problem ?? 'unknown problem'}`;
  return `${isAtMost && repeats > 0 ? 'at most ' : ''}${count(repeats)} ${replaced}`;
}

function formatRefusals(refused: readonly RefusalLog[], noun: Noun): string[] {
  const groups = refused.flatMap((log) => log.groups);
  const lines = groups.slice(0, MAX_LISTED).map((group) => `  ${formatLines(group, noun)}: ${group.reason}`);
  if (groups.length > MAX_LISTED) lines.push(`  and ${count(groups.length - MAX_LISTED)} more reasons`);
  return lines;
}

/** "line 7", "lines 2-5, 9", "lines 2-5, 9 and 100 more rows" */
function formatLines({ ranges, unlisted }: RefusedRows, noun: Noun): string {
  const text = ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ');
  const isOne = ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1] && unlisted === 0;
  const more = unlisted === 0 ? '' : ` and ${counted(unlisted, `more ${noun}`)}`;
  return `${isOne ? 'line' : 'lines'} ${text}${more}`;
}

function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}
