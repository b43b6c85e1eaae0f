import type { Entry, RememberedAnswer } from '../journal/entry.js';
import type { JournalEntry, Position } from '../journal/journal-entry.js';
import type { RequestedDeletion } from '../model/deletion.js';
import type { NewDeadLetter } from '../model/dead-letter.js';
import type { Outcome, StepDeletion } from './state/ledger.js';

/** When an entry was accepted. */
export type AcceptanceTime = Pick<Entry, 'acceptedMs' | 'steady'>;

/** A deletion on its way to the store, and what came of it so far. */
export interface DeletionInFlight {
  readonly position: Position;
  readonly deletion: RequestedDeletion;
  /** What comes next. */
  stage: 'count' | 'delete' | 'latest';
  /** How many readings the store had before it deleted them; undefined until they are counted, or if they cannot be. */
  readings: number | undefined;
  /** Whether the store may have deleted some or all of them in an attempt whose outcome is not known. */
  isBegun: boolean;
  /** Since when attempts fail although the store takes readings, by performance.now(). */
  failingSinceMs: number | undefined;
  /** Why the store does not carry it out. */
  refusal: string | undefined;
  /** Whether nothing was left of the sensor, so that it was forgotten. */
  forgets: boolean;
}

/** Entries that follow one another, on their way to the store together. */
export interface InFlightGroup {
  /** The position of the last of them. */
  readonly position: Position;
  /** When the oldest of them was accepted; undefined when all of them are lost. */
  readonly oldest: AcceptanceTime | undefined;
  readonly readings: number;
  /** Readings that are lost, because the file was damaged. */
  readonly damaged: number;
  readonly remembered: readonly RememberedAnswer[];
  /** The ids of dead letters that are among the readings. */
  readonly replayed: readonly number[];
  /** Readings whose outcome is not known yet; merged dead letters count as one. */
  remaining: number;
  /** Set when the group is one entry with a deletion. */
  readonly deletion: DeletionInFlight | undefined;
  /** Undefined while there are none. */
  deadLetters: NewDeadLetter[] | undefined;
}

type TakenEntry = Pick<JournalEntry, 'position' | 'count' | 'entry'>;

/** Splits entries so that each with a deletion is alone: what came before it must be told from what came after. */
export function splitAtDeletions(entries: readonly TakenEntry[]): (readonly TakenEntry[])[] {
  if (entries.every(({ entry }) => !entry?.deletion)) return [entries];
  const parts: TakenEntry[][] = [];
  let last: TakenEntry[] | undefined;
  for (const taken of entries) {
    if (taken.entry?.deletion || !last) parts.push((last = [taken]));
    else last.push(taken);
    if (taken.entry?.deletion) last = undefined;
  }
  return parts;
}

export function toInFlightGroup(entries: readonly TakenEntry[]): InFlightGroup {
  let readings = 0;
  let damaged = 0;
  let oldest: AcceptanceTime | undefined;
  const remembered: RememberedAnswer[] = [];
  const replayed: number[] = [];
  let remaining = 0;
  let deletion: DeletionInFlight | undefined;
  for (const { entry, count, position: at } of entries) {
    if (!entry) {
      damaged += count;
      continue;
    }
    if (entry.deletion) {
      deletion = newDeletion(at, entry.deletion);
      remaining += 1;
      continue;
    }
    readings += count;
    oldest ??= { acceptedMs: entry.acceptedMs, steady: entry.steady };
    if (entry.remembered) remembered.push(entry.remembered);
    for (const id of entry.replayed ?? []) replayed.push(id);
    remaining += entry.readings.length;
  }
  const position = entries.at(-1)?.position ?? NaN;
  const sums = { position, oldest, readings, damaged, remembered, replayed };
  return { ...sums, remaining, deletion, deadLetters: undefined };
}

function newDeletion(position: Position, deletion: RequestedDeletion): DeletionInFlight {
  return {
    position,
    deletion,
    stage: 'count',
    readings: undefined,
    isBegun: false,
    failingSinceMs: undefined,
    refusal: undefined,
    forgets: false,
  };
}

/** The outcome of groups that are done. */
export function outcomeOf(done: readonly InFlightGroup[]): Outcome {
  const deadLetters: NewDeadLetter[] = [];
  const deletions: StepDeletion[] = [];
  for (const group of done) {
    for (const letter of group.deadLetters ?? []) deadLetters.push(letter);
    if (!group.deletion) continue;
    const { position, deletion, readings, isBegun, forgets, refusal } = group.deletion;
    const result = { position, deletion, readings, isBegun, refusal };
    deletions.push({ ...result, lettersBefore: deadLetters.length, forgets });
  }
  const sum = (of: (group: InFlightGroup) => number): number =>
    done.reduce((total, group) => total + of(group), 0);
  return {
    stored: sum(({ readings }) => readings) - deadLetters.length,
    damaged: sum(({ damaged }) => damaged),
    deadLetters,
    deletions,
    replayed: done.flatMap(({ replayed }) => replayed),
    remembered: done.flatMap(({ remembered }) => remembered),
  };
}
