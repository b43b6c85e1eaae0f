import { setTimeout as sleep } from 'node:timers/promises';

import { StartError } from '../common/errors/start-error.js';
import type { Counters } from '../journal/checkpoint.js';
import type { JournalEntry, Position } from '../journal/journal-entry.js';
import type { ReadingLog } from '../journal/reading-log.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { ForgottenSensor } from '../registry/sensor.js';
import type { DamageReports } from './damage-reports.js';
import type { Deletions } from './deletions.js';
import type { DeadLetterUsage } from './dead-letter-bound.js';
import type { Ledger } from './state/ledger.js';
import type { FoundReadings } from './pipeline-counters.js';
import type { JournaledAnswers } from './journaled-answers.js';
import { takeEntry } from './take-entry.js';

/** Attempts to read the journal at the start. */
const READ_ATTEMPTS = 10;
const READ_AGAIN_MS = 200;
const ROWS_AT_ONCE = 10_000;
/** What is in the journal at the start is of earlier runs. */
const NO_RUN = 0;

/** What a start reads from disk into memory. Everything is empty before. */
export interface PipelineMemory {
  readonly sensors: SensorRegistry;
  readonly answers: JournaledAnswers;
  readonly deadLetters: DeadLetterUsage;
  /** Dead letters that are in the journal again. */
  readonly replaying: Set<number>;
  readonly deletions: Deletions;
  readonly damages: DamageReports;
}

/** What a start finds. */
export interface RecoveredPipeline {
  /** Of the journal's positions: when it has changed, earlier positions are no longer valid. */
  readonly identity: string;
  /** What has left the journal. */
  readonly counters: Counters;
  /** What is still in it. */
  readonly found: FoundReadings;
}

/** Restores at the start what the previous run knew, from the ledger and the journal. */
export class PipelineRecovery {
  constructor(
    private readonly ledger: Ledger,
    private readonly journal: ReadingLog,
    private readonly memory: PipelineMemory,
  ) {}

  /** @throws StartError */
  async run(): Promise<RecoveredPipeline> {
    const counters = await this.reconcile();
    this.reportDamage();
    const identity = await this.identify();
    for (const stray of this.journal.start.strays) this.memory.damages.report(stray);
    await this.loadSensors(this.ledger.start.forgotten);
    await this.loadDeadLetterBytes();
    const found = await this.readJournal();
    return { identity, counters, found };
  }

  /** When the ledger is behind the journal's checkpoint, the checkpoint is right. */
  private async reconcile(): Promise<Counters> {
    const { releasedSeq: keptSeq = 0, counters } = this.ledger.start;
    const { checkpoint, releasedSeq } = this.journal.start;
    if (releasedSeq <= keptSeq) return counters;
    // The ledger is missing, lost its tail or is an older one: the dead letters that it held are lost.
    const { deadLettered } = counters;
    const missing = (checkpoint?.deadLettered ?? 0) - deadLettered;
    const lost = Math.max(0, missing - (await this.countReplayedWithoutRow()));
    const adopted = checkpoint
      ? { stored: checkpoint.stored, deadLettered, damaged: checkpoint.damaged + lost }
      : counters;
    await this.ledger.adopt(releasedSeq, adopted);
    const back = missing < 0 ? `, ${-missing} that had been replayed are back` : '';
    this.memory.damages.report(
      `The pipeline's state lost its newest part; ${lost} dead letters are lost${back}`,
    );
    return adopted;
  }

  private reportDamage(): void {
    const { damages } = this.memory;
    const { damagedDeadLetters } = this.ledger.start;
    if (this.ledger.damagedFile !== undefined)
      damages.report(`state.db was damaged and was moved to ${this.ledger.damagedFile}`);
    if (damagedDeadLetters > 0)
      damages.report(`${damagedDeadLetters} dead letters were damaged and are lost`);
    for (const { file, readings } of this.journal.start.losses)
      damages.report(`The journal was damaged (${file}): ${readings} acknowledged readings are lost`);
  }

  /** When something is missing, sequence numbers that others have seen may be given again. */
  private async identify(): Promise<string> {
    const { identity, releasedSeq } = this.ledger.start;
    const { checkpoint } = this.journal.start;
    const isSound =
      this.memory.damages.found.length === 0 && (checkpoint !== undefined || releasedSeq === undefined);
    return isSound ? identity : this.ledger.renew(this.journal.position);
  }

  private async loadSensors(forgotten: readonly ForgottenSensor[]): Promise<void> {
    const { sensors } = this.memory;
    for (const one of forgotten) sensors.restoreForgotten(one);
    for (let page = await this.ledger.sensors('', ROWS_AT_ONCE); page.length > 0;) {
      for (const sensor of page) sensors.restore(sensor);
      page = await this.ledger.sensors(page.at(-1)?.latest.sensorId ?? '', ROWS_AT_ONCE);
    }
  }

  private async loadDeadLetterBytes(): Promise<void> {
    for (let page = await this.ledger.deadLetterBytes('', ROWS_AT_ONCE); page.length > 0;) {
      for (const { sensorId, bytes } of page) this.memory.deadLetters.add(sensorId, bytes);
      page = await this.ledger.deadLetterBytes(page.at(-1)?.sensorId ?? '', ROWS_AT_ONCE);
    }
  }

  /** What is still in the journal, page by page. */
  private async *queuedEntries(): AsyncGenerator<readonly JournalEntry[]> {
    let position = this.journal.start.releasedSeq;
    for (let page = await this.readPatiently(position); page.length > 0;) {
      yield page;
      position = page.at(-1)?.position ?? position;
      page = await this.readPatiently(position);
    }
  }

  /** Dead letters that are in the journal again and that the ledger has lost: their readings are not lost. */
  private async countReplayedWithoutRow(): Promise<number> {
    let count = 0;
    for await (const page of this.queuedEntries()) {
      const ids = page.flatMap(({ entry }) => entry?.replayed ?? []);
      count += ids.length - (await this.existing(ids)).length;
    }
    return count;
  }

  private async existing(ids: readonly number[]): Promise<number[]> {
    return ids.length === 0 ? [] : this.ledger.existingDeadLetters(ids);
  }

  /** Reads what is still in the journal, to restore what was only in memory. */
  private async readJournal(): Promise<FoundReadings> {
    const { sensors, answers, replaying, deletions, damages } = this.memory;
    let queued = 0;
    let lost = 0;
    let unreadable = 0;
    let highestId = 0;
    for await (const page of this.queuedEntries()) {
      for (const { position, count, entry, isUnreadable } of page) {
        if (!entry) {
          lost += count;
          if (isUnreadable) unreadable += count;
          continue;
        }
        if (entry.deletion) deletions.restore({ position, deletion: entry.deletion });
        else queued += count;
        takeEntry(entry, position, sensors, answers, NO_RUN);
      }
      // Earlier builds deleted the rows as soon as the journal had the entry.
      const ids = page.flatMap(({ entry }) => entry?.replayed ?? []);
      for (const id of await this.existing(ids)) replaying.add(id);
      highestId = ids.reduce((highest, id) => Math.max(highest, id), highestId);
    }
    // A new ledger counts from 1 again, and a letter must not be taken for one that is being replayed.
    if (highestId > 0) await this.ledger.reserveDeadLetterIds(highestId);
    await answers.restored();
    if (unreadable > 0)
      damages.report(
        `The journal was damaged: ${unreadable} acknowledged readings cannot be read and are lost`,
      );
    return { queued, replaying: replaying.size, lost };
  }

  /**
   * Reads the journal, and tries again while that fails.
   * @throws StartError
   */
  private async readPatiently(after: Position): Promise<JournalEntry[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.journal.read(after);
      } catch (error) {
        if (attempt === READ_ATTEMPTS)
          throw new StartError(
            `The journal cannot be read (${(error as Error).message}). Nothing of it is lost: start the gateway again once the disk can be read.`,
            { cause: error },
          );
        await sleep(READ_AGAIN_MS);
      }
    }
  }
}
