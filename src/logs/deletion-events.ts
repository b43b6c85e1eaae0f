import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';

import { ReadingStore } from '../influx/reading-store.js';
import type { Deletion, DeletionResult } from '../model/deletion.js';
import type { SystemEvent } from '../model/system-event.js';
import { formatTimestamp } from '../model/timestamp.js';
import { Deletions, type JournaledDeletion } from '../pipeline/deletions.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
import { StoreMemory } from '../pipeline/store-memory.js';
import { SystemLog } from './system-log.js';

/** Entries that a start records in one commit. */
const EVENTS_AT_ONCE = 1_000;

/**
 * Records in the system log who deletes which readings, and how many were deleted. The ids come from the deletion's place in
 * the journal: what a start records again is in the log once.
 */
@Injectable()
export class DeletionEvents implements OnModuleInit {
  private readonly logger = new Logger(DeletionEvents.name);

  /** Listens from the beginning: deletions of the previous run may end before the gateway has fully started. */
  constructor(
    private readonly log: SystemLog,
    private readonly store: ReadingStore,
    private readonly journal: JournalFeed,
    private readonly deletions: Deletions,
    private readonly storeMemory: StoreMemory,
  ) {
    deletions.onAccepted((accepted) => void this.record([this.requestOf(accepted)]));
    deletions.onFinished((result) => void this.recordResult(result));
  }

  /** Records the requests of a previous run that a crash may have left out, before any of them is carried out. */
  async onModuleInit(): Promise<void> {
    const hasMoved = this.storeMemory.hasChanged;
    const events = this.deletions.journaled.flatMap((one) =>
      hasMoved ? [this.requestOf(one), this.moveOf(one)] : [this.requestOf(one)],
    );
    for (let from = 0; from < events.length; from += EVENTS_AT_ONCE)
      await this.record(events.slice(from, from + EVENTS_AT_ONCE));
  }

  /** Records the results that a crash left out. */
  async start(): Promise<void> {
    try {
      for (const result of await this.deletions.unrecorded()) await this.recordResult(result);
    } catch (error) {
      this.logger.error(error);
    }
  }

  private requestOf({ position, deletion }: JournaledDeletion, id = this.idOf(position)): SystemEvent {
    const message = `${capitalized(deletion.requestedBy)} deletes readings of ${describe(deletion)}`;
    return toEvent(`${id}-requested`, 'normal', message, deletion);
  }

  /** What was accepted for a store that is not used any more is deleted in the one that is. */
  private moveOf({ position, deletion }: JournaledDeletion): SystemEvent {
    const message = `Readings go to another store than before, and a deletion that the former one has not carried out is carried out in the present one alone: readings of ${describe(deletion)}. What predictionx migrate brings along has to be deleted again`;
    this.logger.error(message);
    return toEvent(`${this.idOf(position)}-moved`, 'critical', message, deletion);
  }

  private async recordResult(result: DeletionResult): Promise<void> {
    // A crash may have left out the request, and kept the result.
    if (!(await this.record([this.requestOf(result, result.id), this.resultOf(result)]))) return;
    await this.deletions.recorded(result).catch((error: unknown) => {
      this.logger.error(error);
    });
  }

  private resultOf({ id, deletion, readings, deadLetters, refusal, isBegun }: DeletionResult): SystemEvent {
    if (refusal !== undefined) {
      const left = isBegun ? 'Some or all of them may be deleted' : 'They are still there';
      const message = `Readings of ${describe(deletion)} are not deleted by ${this.store.label}: ${refusal}. ${left}`;
      this.logger.error(message);
      return toEvent(`${id}-refused`, 'critical', message, deletion);
    }
    const found = readings === undefined ? 'Readings' : count(readings, 'reading');
    const letters = deadLetters === 0 ? '' : ` and ${count(deadLetters, 'dead letter')}`;
    const unknown = readings === undefined ? `; ${this.store.label} did not say how many` : '';
    const message = `${found}${letters} of ${describe(deletion)} deleted${unknown}`;
    return toEvent(`${id}-deleted`, 'normal', message, deletion);
  }

  private idOf(position: number): string {
    return `${this.journal.identity}-${position}`;
  }

  /** @returns false when the log cannot be written */
  private async record(events: readonly SystemEvent[]): Promise<boolean> {
    try {
      await this.log.append(events);
      return true;
    } catch (error) {
      const messages = events.map(({ message }) => message).join('"; "');
      this.logger.error(`Cannot write "${messages}" to the system log: ${(error as Error).message}`);
      return false;
    }
  }
}

function toEvent(id: string, type: SystemEvent['type'], message: string, deletion: Deletion): SystemEvent {
  const { sensorId, zone } = deletion;
  return { id, timeUs: Date.now() * 1000, type, message, sensorId, ...(zone !== undefined && { zone }) };
}

function describe({ sensorId, zone, fromUs, toUs }: Deletion): string {
  const ofZone = zone === undefined ? '' : ` in zone ${zone}`;
  return `${sensorId}${ofZone} from ${formatTimestamp(fromUs)} to ${formatTimestamp(toUs)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
