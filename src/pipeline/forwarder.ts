import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import { Throttle } from '../common/scheduling/throttle.js';
import type { ReadingStore } from '../influx/reading-store.js';
import { StoreBackoff } from '../influx/store-backoff.js';
import type { JournalCursor } from '../journal/journal-cursor.js';
import { type JournalEntry, positionBefore } from '../journal/journal-entry.js';
import { ReadingColumns } from '../model/reading-columns.js';
import { type DeadLetterListener, ForwarderMonitor } from './forwarder-monitor.js';
import {
  type AcceptanceTime,
  type InFlightGroup,
  outcomeOf,
  splitAtDeletions,
  toInFlightGroup,
} from './in-flight-group.js';
import { type Barrier, Batch } from './lane.js';
import type { Pipeline } from './pipeline.js';
import { ReplayJudge } from './replay-judge.js';
import { DELETION_PATIENCE_MS, type StoreDeleter } from './store-deleter.js';
import { type StoreWrite, StoreWriter } from './store-writer.js';
import { newTrack, pushGroup, type Track } from './track.js';

/** Readings that may be in memory on their way to the store, or those of two writes where they are more. */
const MIN_MAX_WAITING = 500_000;
/** Groups of entries that may be in memory until a step records that they are done. */
const MAX_GROUPS = 100_000;
const READ_AGAIN_MS = 1_000;
/** A step waits this long for others: it writes all sensors that changed since the step before. */
const STEP_MS = 250;
/**
 * It waits longer after a step that saved many sensors: a millisecond for this many, at most MAX_STEP_PAUSE_MS. The more sensors are
 * saved together, the less each costs, and a sensor is saved once for all of its readings.
 */
const SENSORS_PER_MS = 5;
const MAX_STEP_PAUSE_MS = 2_000;
/** A pause is a millisecond for this many readings: pauses grow when more than 20,000 come in a second. */
const READINGS_PER_MS = 20;
/** The reason of a replayed dead letter that becomes one again without a write to the store. */
const NOT_THE_NEWEST =
  'A newer reading of the same sensor, zone and timestamp became a dead letter meanwhile; replay both together';

/**
 * Moves readings from the journal to the store: in batches, in lanes by sensor. It tries each reading until the store has
 * stored it or refused it for good. It releases entries in the journal's order, so after a crash everything from the
 * first entry that was not released is sent again, and overwrites the same points.
 */
export class Forwarder extends ForwarderMonitor {
  private readonly logger = new Logger(Forwarder.name);
  private readonly tracks: Track[];
  private readonly stopping = new AbortController();
  private readonly steps = new Throttle(STEP_MS);
  private readonly inFlight: InFlightGroup[] = [];
  private readonly deadLetterListeners: DeadLetterListener[] = [];
  private readonly maxPauseMs: number;
  private readonly maxWaiting: number;
  private readonly cursor: JournalCursor;
  private readonly writer: StoreWriter;
  private readonly replays: ReplayJudge;
  private readonly deleter: StoreDeleter;
  private readonly backoff: StoreBackoff;
  /** Readings in flight whose outcome is not known. */
  private waiting = 0;
  private filling = false;
  private readFailure: string | undefined;
  private finishing: Promise<void> | undefined;
  private changeWaiters: (() => void)[] = [];
  /** Whether the store does not take the queued readings. */
  private isBlocked = false;
  /** How many wait in drain(). */
  private draining = 0;

  /** @param deletionPatienceMs as of StoreDeleter */
  constructor(
    private readonly pipeline: Pipeline,
    store: ReadingStore,
    deletionPatienceMs = DELETION_PATIENCE_MS,
  ) {
    super();
    const { signal } = this.stopping;
    this.maxPauseMs = store.maxPauseMs;
    this.maxWaiting = Math.max(MIN_MAX_WAITING, 2 * store.concurrentWrites * store.maxReadingsPerWrite);
    this.tracks = Array.from({ length: store.concurrentWrites }, () => newTrack(store.maxReadingsPerWrite));
    this.cursor = pipeline.feed.openCursor(pipeline.feed.releasedAtStart);
    this.writer = new StoreWriter(store, signal);
    this.replays = new ReplayJudge(store, pipeline.deadLetters, this.inFlight, signal);
    this.deleter = pipeline.deleterFor(store, signal, deletionPatienceMs);
    this.backoff = new StoreBackoff(store, signal);
    this.writer.onWrite(({ outcome }) => {
      if (outcome === 'stored' || outcome === 'partly_refused') this.deleter.tookReadings();
    });
  }

  override get oldest(): AcceptanceTime | undefined {
    return this.inFlight.find((group) => group.oldest !== undefined)?.oldest;
  }

  /** Begins, and goes on until stop(). */
  start(): void {
    this.pipeline.feed.onAccepted((accepted) => {
      const [first] = accepted;
      const isNext = first && !this.filling && this.cursor.position === positionBefore(first);
      // Entries that follow the cursor directly need not be read from the disk.
      if (isNext && this.hasRoom) this.take(accepted);
      else void this.fill();
    });
    void this.fill();
  }

  override onDeadLetter(listener: DeadLetterListener): void {
    this.deadLetterListeners.push(listener);
  }

  override onWrite(listener: (write: StoreWrite) => void): void {
    this.writer.onWrite(listener);
  }

  /** Returns once nothing is queued, the store does not take the queued readings, or the time is over. */
  async drain(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    this.draining += 1;
    this.flush();
    while (!this.pipeline.monitor.isStored && !this.isBlocked && performance.now() < end) {
      await Promise.race([
        new Promise<void>((resolve) => this.changeWaiters.push(resolve)),
        sleep(end - performance.now(), undefined, { ref: false }),
      ]);
    }
    this.draining -= 1;
  }

  /** Gives up what is in flight; the next start sends it again. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.flush();
    await this.finishing;
  }

  private flush(): void {
    for (const { throttle } of this.tracks) throttle.flush();
    this.steps.flush();
  }

  /** Reads ahead in the journal, as far as there is room in memory. */
  private async fill(): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    try {
      const { feed } = this.pipeline;
      while (this.cursor.position < feed.position && this.hasRoom && !this.stopping.signal.aborted) {
        const entries = await this.cursor.read();
        if (entries.length === 0) break;
        this.take(entries);
      }
      this.readFailure = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.readFailure && !this.stopping.signal.aborted)
        this.logger.error(`Cannot read the journal; retrying: ${message}`);
      this.readFailure = message;
      setTimeout(() => void this.fill(), READ_AGAIN_MS).unref();
    } finally {
      this.filling = false;
    }
  }

  /** Puts the next entries of the journal into the lanes. */
  private take(entries: readonly Pick<JournalEntry, 'position' | 'count' | 'entry'>[]): void {
    for (const part of splitAtDeletions(entries)) {
      const group = toInFlightGroup(part);
      this.cursor.advance(group.position);
      this.inFlight.push(group);
      this.waiting += group.remaining;
      pushGroup(this.tracks, group, part);
    }
    for (const track of this.tracks) {
      if (track.lane.isFull) track.throttle.flush();
      void this.run(track);
    }
    if (this.isPressed) this.steps.flush();
    this.finish();
  }

  private get hasRoom(): boolean {
    return this.waiting < this.maxWaiting && this.inFlight.length < MAX_GROUPS;
  }

  /** Whether somebody waits for the next step, or memory or the journal is filling up, so that it must not wait. */
  private get isPressed(): boolean {
    const { isAccepting, journalBytes, journalMaxBytes } = this.pipeline.monitor;
    const isDraining = this.draining > 0 || !isAccepting;
    return isDraining || this.inFlight.length >= MAX_GROUPS / 2 || journalBytes >= journalMaxBytes / 2;
  }

  private async run(track: Track): Promise<void> {
    if (track.running) return;
    track.running = true;
    const { lane, throttle } = track;
    try {
      while (lane.length > 0) {
        await throttle.wait(lane.isFull);
        const next = lane.take();
        if (next instanceof Batch) {
          await this.forward(next);
          throttle.pause(Math.min(this.maxPauseMs, next.readings.length / READINGS_PER_MS));
        } else if (next) {
          await this.delete(next);
        }
      }
    } catch (error) {
      // Only stop() ends this: the lane's readings are still in the journal.
      if (!this.stopping.signal.aborted) throw error;
    } finally {
      track.running = false;
    }
  }

  /** @throws when the gateway stops, and only then */
  private async forward(batch: Batch): Promise<void> {
    const { readings, isReplayed } = batch;
    const verdict = isReplayed ? await this.untilAnswered(() => this.replays.judge(batch)) : undefined;
    for (const index of verdict?.older ?? []) this.addDeadLetter(batch, index, NOT_THE_NEWEST);
    const left = verdict?.left;
    const sent = left ? ReadingColumns.of(left.map((index) => readings.at(index))) : readings;
    const refusals = sent.length === 0 ? [] : await this.untilAnswered(() => this.writer.write(sent));
    // Dead letters of one point get their ids in the order in which their readings were accepted.
    refusals.sort((a, b) => a.index - b.index);
    for (const { index, kind, reason } of refusals) {
      this.addDeadLetter(batch, left?.[index] ?? index, reason);
      for (const listener of this.deadLetterListeners) listener(kind, reason);
    }
    for (const { group, count } of batch.parts) group.remaining -= count;
    this.left(readings.length);
  }

  /** @throws when the gateway stops, and only then */
  private async delete({ group, deletion }: Barrier): Promise<void> {
    await this.untilAnswered(() => this.deleter.run(deletion));
    group.remaining -= 1;
    this.steps.flush();
    this.left(1);
  }

  /** The outcome of readings, or of a deletion, is known. */
  private left(count: number): void {
    this.waiting -= count;
    this.finish();
    void this.fill();
  }

  /** Tries without limit: while an answer is not known, the lane waits, or an old value could overwrite a newer one. */
  private async untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await ask();
        this.isBlocked = false;
        return answer;
      } catch (error) {
        if (this.stopping.signal.aborted) throw error;
        if (!(error instanceof StoreUnavailable)) this.logger.error(error);
        this.isBlocked = true;
        this.notifyChanged();
        await this.backoff.pause(error, attempt);
        this.stopping.signal.throwIfAborted();
      }
    }
  }

  private addDeadLetter(batch: Batch, index: number, reason: string): void {
    const group = batch.groupOf(index);
    const reading = batch.readings.at(index);
    group.deadLetters ??= [];
    group.deadLetters.push({ id: batch.letterIds[index], timeUs: Date.now() * 1000, reason, reading });
  }

  /** Releases finished entries from the journal, from the oldest on. */
  private finish(): void {
    if (this.inFlight[0]?.remaining === 0) this.finishing ??= this.finishAll();
  }

  private async finishAll(): Promise<void> {
    for (let attempt = 0; this.inFlight[0]?.remaining === 0;) {
      await this.steps.wait(this.isPressed);
      const open = this.inFlight.findIndex(({ remaining }) => remaining > 0);
      const done = open < 0 ? this.inFlight.slice() : this.inFlight.slice(0, open);
      // Before the step, because a flush() during it must end the pause.
      this.steps.pause(Math.min(MAX_STEP_PAUSE_MS, this.pipeline.sensors.changedCount / SENSORS_PER_MS));
      try {
        await this.pipeline.finish(done.at(-1)?.position ?? 0, outcomeOf(done));
        attempt = 0;
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        this.logger.error(`The pipeline's state cannot be written: ${(error as Error).message}`);
        await this.backoff.pause(error, attempt);
        attempt += 1;
        continue;
      }
      this.inFlight.splice(0, done.length);
      this.notifyChanged();
      void this.fill();
    }
    this.finishing = undefined;
  }

  private notifyChanged(): void {
    for (const resolve of this.changeWaiters.splice(0)) resolve();
  }
}
