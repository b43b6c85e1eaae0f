import { Injectable, Logger } from '@nestjs/common';

import { ReadingStore } from '../influx/reading-store.js';
import type { Deletion, DeletionResult } from '../model/deletion.js';
import type { SystemEvent } from '../model/system-event.js';
import { formatTimestamp } from '../model/timestamp.js';
import { Deletions, type JournaledDeletion } from '../pipeline/deletions.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
import { StoreMemory } from '../pipeline/store-memory.js';
import { SystemLog } from './system-log.js';

/**
 * Records in the system log who deletes which readings, and how many were deleted. The ids come from the deletion's place in
 * the journal: what a start records again is in the log once.
 */
@Injectable()
export class DeletionEvents {
  private readonly logger = new Logger(DeletionEvents.name);

  /** Listens from the beginning: deletions of the previous run may end before the gateway has fully started. */
  constructor(
    private readonly log: SystemLog,
    private readonly store: ReadingStore,
    private readonly journal: JournalFeed,
    private readonly deletions: Deletions,
    private readonly storeMemory: StoreMemory,
  ) {
    deletions.onAccepted((accepted) => void this.recordRequest(accepted));
    deletions.onFinished((result) => void this.recordResult(result));
  }

  /** Records what a crash may have left out. */
  async start(): Promise<void> {
    for (const one of this.deletions.journaled) {
      await this.recordRequest(one);
      if (this.storeMemory.left.length > 0) await this.recordMove(one);
    }
    try {
      for (const result of await this.deletions.unrecorded()) await this.recordResult(result);
    } catch (error) {
      this.logger.error(error);
    }
  }

  private async recordRequest(
    { position, deletion }: JournaledDeletion,
    id = this.idOf(position),
  ): Promise<void> {
    const message = `${capitalized(deletion.requestedBy)} deletes readings of ${describe(deletion)}`;
    await this.record(`${id}-requested`, 'normal', message, deletion);
  }

  /** What was accepted for a store that is not used any more is deleted in the one that is. */
  private async recordMove({ position, deletion }: JournaledDeletion): Promise<void> {
    const message = `Readings go to another store than before, and a deletion that the former one has not carried out is carried out in the present one alone: readings of ${describe(deletion)}. What predictionx migrate brings along has to be deleted again`;
    this.logger.error(message);
    await this.record(`${this.idOf(position)}-moved`, 'critical', message, deletion);
  }

  private async recordResult(result: DeletionResult): Promise<void> {
    const { id, deletion, readings, deadLetters, refusal } = result;
    // A crash may have left out the request, and kept the result.
    await this.recordRequest(result, id);
    let isRecorded: boolean;
    if (refusal === undefined) {
      const found = readings === undefined ? 'Readings' : count(readings, 'reading');
      const letters = deadLetters === 0 ? '' : ` and ${count(deadLetters, 'dead letter')}`;
      const unknown = readings === undefined ? `; ${this.store.label} did not say how many` : '';
      const message = `${found}${letters} of ${describe(deletion)} deleted${unknown}`;
      isRecorded = await this.record(`${id}-deleted`, 'normal', message, deletion);
    } else {
      const message = `Readings of ${describe(deletion)} are not deleted by ${this.store.label}: ${refusal}. ${leftBy(result)}`;
      this.logger.error(message);
      isRecorded = await this.record(`${id}-refused`, 'critical', message, deletion);
    }
    if (!isRecorded) return;
    await this.deletions.recorded(result).catch((error: unknown) => {
      this.logger.error(error);
    });
  }

  private idOf(position: number): string {
    return `${this.journal.identity}-${position}`;
  }

  /** @returns false when the log cannot be written */
  private async record(
    id: string,
    type: SystemEvent['type'],
    message: string,
    deletion: Deletion,
  ): Promise<boolean> {
    const event = { id, timeUs: Date.now() * 1000, type, message, ...aboutOf(deletion) };
    try {
      await this.log.append([event]);
      return true;
    } catch (error) {
      this.logger.error(`Cannot write "${event.message}" to the system log: ${(error as Error).message}`);
      return false;
    }
  }
}

/** What is left of readings that were not deleted. */
function leftBy({ isBegun }: DeletionResult): string {
  return isBegun ? 'Some or all of them may be deleted' : 'They are still there';
}

function describe({ sensorId, zone, fromUs, toUs }: Deletion): string {
  const ofZone = zone === undefined ? '' : ` in zone ${zone}`;
  return `${sensorId}${ofZone} from ${formatTimestamp(fromUs)} to ${formatTimestamp(toUs)}`;
}

function aboutOf({ sensorId, zone }: Deletion): Pick<SystemEvent, 'sensorId' | 'zone'> {
  return zone === undefined ? { sensorId } : { sensorId, zone };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
