import type { Entry, RememberedAnswer } from '../journal/entry-codec.js';
import type { JournalEntry, Position } from '../journal/journal-entry.js';
import type { NewDeadLetter } from '../model/dead-letter.js';
import type { Outcome } from './state/pipeline-state.js';

/** When an entry was accepted. */
export type AcceptanceTime = Pick<Entry, 'acceptedMs' | 'steady'>;

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
  /** Undefined while there are none. */
  deadLetters: NewDeadLetter[] | undefined;
}

export function toInFlightGroup(
  entries: readonly Pick<JournalEntry, 'position' | 'count' | 'entry'>[],
): InFlightGroup {
  let readings = 0;
  let damaged = 0;
  let oldest: AcceptanceTime | undefined;
  const remembered: RememberedAnswer[] = [];
  const replayed: number[] = [];
  let remaining = 0;
  for (const { entry, count } of entries) {
    if (!entry) {
      damaged += count;
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
  return { ...sums, remaining, deadLetters: undefined };
}

/** The outcome of groups that are done. */
export function outcomeOf(done: readonly InFlightGroup[]): Outcome {
  const deadLetters = done.flatMap((group) => group.deadLetters ?? []);
  const sum = (of: (group: InFlightGroup) => number): number =>
    done.reduce((total, group) => total + of(group), 0);
  return {
    stored: sum(({ readings }) => readings) - deadLetters.length,
    damaged: sum(({ damaged }) => damaged),
    deadLetters,
    replayed: done.flatMap(({ replayed }) => replayed),
    remembered: done.flatMap(({ remembered }) => remembered),
  };
}
