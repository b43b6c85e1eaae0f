import type { ExpiryClock } from '../clock/expiry-clock.js';
import type { SteadyClock } from '../clock/steady-clock.js';
import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { ReadingStore } from '../influx/reading-store.js';
import type { Entry } from '../journal/entry.js';
import type { AcceptedEntry, Position } from '../journal/journal-entry.js';
import { JournalRetention } from '../journal/journal-retention.js';
import type { ReadingLog } from '../journal/reading-log.js';
import { SensorRegistry } from '../registry/sensor-registry.js';
import { DamageReports } from './damage-reports.js';
import { DeadLetterUsage } from './dead-letter-bound.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { Deletions } from './deletions.js';
import { Intake } from './intake.js';
import { JournaledAnswers } from './journaled-answers.js';
import { JournalFeed } from './journal-feed.js';
import { PipelineCounters } from './pipeline-counters.js';
import { PipelineMonitor } from './pipeline-monitor.js';
import { type PipelineMemory, PipelineRecovery, type RecoveredPipeline } from './pipeline-recovery.js';
import type { Outcome, Ledger, StepDeletion } from './state/ledger.js';
import { SensorKeeper } from './sensor-keeper.js';
import { SensorSaver } from './sensor-saver.js';
import { StoreMemory } from './store-memory.js';
import { StoreDeleter } from './store-deleter.js';
import { takeEntry } from './take-entry.js';

/**
 * Everything between acceptance and the store: the journal, and beside it the ledger, which outlives its entries. Other rooms
 * get the parts that they need; the pipeline itself stays in this room.
 */
export class Pipeline {
  readonly sensors: SensorRegistry;
  readonly answers: JournaledAnswers;
  /** The disk space of dead letters, and the sensors whose readings are refused because of it. */
  readonly deadLetterUsage: DeadLetterUsage;
  readonly damages: DamageReports;
  readonly intake: Intake;
  readonly deadLetters: DeadLetterStore;
  readonly feed: JournalFeed;
  readonly monitor: PipelineMonitor;
  readonly keeper: SensorKeeper;
  readonly deletions: Deletions;
  private readonly counters: PipelineCounters;
  private readonly retention: JournalRetention;
  private readonly saver: SensorSaver;
  private readonly replaying: Set<number>;

  private constructor(
    private readonly ledger: Ledger,
    private readonly journal: ReadingLog,
    private readonly steady: SteadyClock,
    memory: PipelineMemory,
    { identity, counters, found }: RecoveredPipeline,
    readonly storeMemory: StoreMemory,
    latestLoaded: boolean,
  ) {
    this.sensors = memory.sensors;
    this.answers = memory.answers;
    this.deadLetterUsage = memory.deadLetters;
    this.damages = memory.damages;
    this.replaying = memory.replaying;
    this.deletions = memory.deletions;
    this.counters = new PipelineCounters(counters, found);
    this.retention = new JournalRetention(journal, counters);
    this.saver = new SensorSaver(ledger, journal, memory.sensors);
    this.intake = new Intake(journal);
    const accept = (entry: Entry): Promise<void> => this.intake.accept({ ...entry, steady: steady.now() });
    this.deletions.use(accept);
    this.deadLetters = new DeadLetterStore(
      ledger,
      memory.deadLetters,
      memory.replaying,
      memory.deletions,
      accept,
    );
    this.feed = new JournalFeed(identity, journal, this.retention);
    this.monitor = new PipelineMonitor(journal, this.retention, this.intake, this.counters, this.deletions);
    this.keeper = new SensorKeeper(ledger, journal, this.sensors, this.saver, latestLoaded);
    journal.onAccepted((accepted) => {
      this.accepted(accepted);
    });
    journal.onDamage((damage) => {
      this.damages.report(damage);
    });
  }

  /** @throws StartError */
  static async open(
    config: GatewayConfig,
    ledger: Ledger,
    journal: ReadingLog,
    steady: SteadyClock,
    expiry: ExpiryClock,
  ): Promise<Pipeline> {
    const storeMemory = await StoreMemory.settle(ledger, config.store);
    const memory: PipelineMemory = {
      sensors: new SensorRegistry(config.readings.maxFutureMs),
      answers: new JournaledAnswers(ledger, config.storage.idempotencyMaxBytes, expiry, steady),
      deadLetters: new DeadLetterUsage(config.storage.deadLettersMaxBytes),
      replaying: new Set(),
      deletions: new Deletions(ledger),
      damages: new DamageReports(),
    };
    const recovered = await new PipelineRecovery(ledger, journal, memory).run();
    const latestLoaded = ledger.start.latestLoaded && !storeMemory.hasChanged;
    return new Pipeline(ledger, journal, steady, memory, recovered, storeMemory, latestLoaded);
  }

  /**
   * Records the outcome of entries, in one transaction, and releases them from the journal.
   * @throws CallError when the state cannot be written; nothing has left the journal then
   */
  async finish(position: Position, outcome: Outcome): Promise<void> {
    const remembered = this.answers.unsavedOf(outcome.remembered);
    // Rows that do not belong to the journal's entries stay: a new ledger counts from 1 again.
    const replayed = outcome.replayed.filter((id) => this.replaying.has(id));
    const deadLetters = outcome.deadLetters.map((letter) =>
      letter.id === undefined || this.replaying.has(letter.id) ? letter : { ...letter, id: undefined },
    );
    const lostDeletions = this.lostDeletions(position, outcome);
    const damaged = outcome.damaged - lostDeletions.length;
    const stepped = await this.saver.save((sensors) => {
      const deletions = [...outcome.deletions.map((one) => this.asKnownNow(one)), ...lostDeletions];
      const released = { damaged, deletions, deadLetters, replayed, remembered, releasedSeq: position };
      return this.ledger.step({ ...outcome, ...sensors, ...released });
    });
    this.answers.saved(remembered);
    for (const id of replayed) this.replaying.delete(id);
    for (const { sensorId, bytes } of stepped.changes) this.deadLetterUsage.add(sensorId, bytes);
    this.counters.addFinished(outcome.stored, outcome.deadLetters.length);
    const lost = this.counters.addDamaged(damaged);
    if (lost > 0)
      this.damages.report(
        `The journal was damaged while the gateway ran: ${lost} acknowledged readings are lost`,
      );
    for (const one of lostDeletions) this.sensors.cancelDeletion(one.deletion, one.position);
    this.sensors.released(position);
    for (const result of stepped.deletions) this.deletions.finish(result);
    await this.retention.release(position, stepped.counters);
  }

  /** Carries out deletions in a store. */
  deleterFor(store: ReadingStore, stopping: AbortSignal, patienceMs: number): StoreDeleter {
    return new StoreDeleter(store, this.ledger, this.sensors, this.keeper, stopping, patienceMs);
  }

  /**
   * The store's file was damaged: its readings are lost.
   * @returns how many readings it held
   */
  async loseStored(): Promise<number> {
    const { stored } = this.counters.now;
    const kept = this.counters.withoutStored(this.replaying.size);
    await this.ledger.adopt(this.journal.start.releasedSeq, kept);
    this.counters.loseStored();
    return stored;
  }

  /** Waits for the writes in flight. May be called twice. */
  async close(): Promise<void> {
    await this.journal.close();
    await this.ledger.close();
  }

  /** Deletions whose entries were damaged while the gateway ran. Each of them was read as one lost reading. */
  private lostDeletions(position: Position, { damaged, deletions, deadLetters }: Outcome): StepDeletion[] {
    if (damaged === 0) return [];
    const done = new Set(deletions.map((one) => one.position));
    const result = { readings: undefined, isBegun: false, refusal: 'its entry in the journal was damaged' };
    return this.deletions
      .journaledUpTo(position)
      .filter((one) => !done.has(one.position))
      .map((one) => ({ ...one, ...result, lettersBefore: deadLetters.length, forgets: false }));
  }

  /** A sensor that was forgotten and is known again is not forgotten, if it is saved with its new reading. */
  private asKnownNow(one: StepDeletion): StepDeletion {
    const { sensorId } = one.deletion;
    return {
      ...one,
      forgets: one.forgets && !this.sensors.isSaved(sensorId),
      ignoredUs: this.sensors.ignoredUsOf(sensorId),
    };
  }

  private accepted(accepted: readonly AcceptedEntry[]): void {
    for (const { position, count, entry } of accepted) {
      if (entry.deletion) {
        this.deletions.accepted({ position, deletion: entry.deletion });
      } else if (entry.replayed) {
        for (const id of entry.replayed) this.replaying.add(id);
        this.counters.addReplayed(count);
      } else {
        this.counters.addAccepted(count);
      }
      takeEntry(entry, position, this.sensors, this.answers, this.steady.run);
    }
  }
}
