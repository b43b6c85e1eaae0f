import { Injectable, Logger } from '@nestjs/common';

import { ReadingStore } from '../influx/reading-store.js';
import type { Deletion } from '../model/deletion.js';
import type { SystemEvent } from '../model/system-event.js';
import { formatTimestamp } from '../model/timestamp.js';
import { type DeletionResult, Deletions, type JournaledDeletion } from '../pipeline/deletions.js';
import { JournalFeed } from '../pipeline/journal-feed.js';
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
  ) {
    deletions.onAccepted((accepted) => void this.recordRequest(accepted));
    deletions.onFinished((result) => void this.recordResult(result));
  }

  /** Records those that a crash may have left out. */
  async start(): Promise<void> {
    for (const one of this.deletions.journaled) await this.recordRequest(one);
  }

  private recordRequest({ position, deletion }: JournaledDeletion): Promise<void> {
    const message = `${capitalized(deletion.requestedBy)} deletes readings of ${describe(deletion)}`;
    return this.record(position, 'requested', { type: 'normal', message, ...aboutOf(deletion) });
  }

  private recordResult({
    position,
    deletion,
    readings,
    deadLetters,
    refusal,
  }: DeletionResult): Promise<void> {
    const about = aboutOf(deletion);
    if (refusal !== undefined) {
      const message = `${this.store.label} refuses to delete readings of ${describe(deletion)}: ${refusal}. They are still there`;
      this.logger.error(message);
      return this.record(position, 'refused', { type: 'critical', message, ...about });
    }
    const letters = deadLetters === 0 ? '' : ` and ${count(deadLetters, 'dead letter')}`;
    const message = `${count(readings, 'reading')}${letters} of ${describe(deletion)} deleted`;
    return this.record(position, 'deleted', { type: 'normal', message, ...about });
  }

  private async record(
    position: number,
    what: string,
    event: Omit<SystemEvent, 'id' | 'timeUs'>,
  ): Promise<void> {
    const id = `${this.journal.identity}-${position}-${what}`;
    try {
      await this.log.append([{ id, timeUs: Date.now() * 1000, ...event }]);
    } catch (error) {
      this.logger.error(`Cannot write "${event.message}" to the system log: ${(error as Error).message}`);
    }
  }
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
