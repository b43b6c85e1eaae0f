import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import {
  type ReadingStore,
  type Refusal,
  type RefusalKind,
  StoreUnavailable,
} from '../influx/reading-store.js';
import type { Packed } from '../influx/packed.js';
import type { Reading } from '../reading/reading.js';
import { StoreRetry } from '../influx/store-retry.js';
import { Rhythm } from '../pacing/rhythm.js';
import { trace } from '../tracing/trace.js';
import { decodeEntry } from './entry.js';
import type { JournalEntry, Position } from './journal.js';
import { Lane, type Parcel, toLanes, toParcels, type Underway } from './lane.js';
import type { Pipeline } from './pipeline.js';

/** Readings that may be in memory on their way to the store, and entries of which it is not noted yet that they are. */
const MAX_WAITING = 200_000;
const MAX_UNDERWAY = 100_000;
const READ_AGAIN_MS = 30_000;
/** A write costs the store nearly the same whether it holds one reading or a thousand: what is not much waits so long. */
const GATHER_MS = 100;
/** So does a step, which writes all sensors that were heard since the one before. */
const STEP_MS = 250;

type DeadLetterListener = (kind: RefusalKind, reason: string) => void;

/**
 * How a write to the store ended: all stored; some refused for good, the rest stored; the store did not answer or may not
 * have stored it, and is asked again; the gateway made a mistake, and asks again.
 */
export const WRITE_OUTCOMES = ['stored', 'partly_refused', 'unavailable', 'failed'] as const;

export type WriteOutcome = (typeof WRITE_OUTCOMES)[number];

/** One write to the store. */
export interface StoreWrite {
  readonly outcome: WriteOutcome;
  readonly readings: number;
  readonly tookMs: number;
}

/** A reading of an entry. */
interface Item {
  readonly underway: Underway;
  readonly reading: Reading;
}

/** A lane, and the one who empties it. */
interface Track {
  readonly lane: Lane;
  readonly rhythm: Rhythm;
  running: boolean;
}

/**
 * Moves readings from the journal to the store: in batches, in lanes by sensor, each reading until the store has
 * stored it or refused it for good. What has left is released in the journal's order, so after a crash everything
 * behind the first entry that was not released is sent again, and lands on itself.
 */
export class Forwarder {
  private readonly logger = new Logger(Forwarder.name);
  private readonly tracks: Track[];
  private readonly stopping = new AbortController();
  private readonly steps = new Rhythm(STEP_MS);
  private readonly underway: Underway[] = [];
  private readonly listeners: DeadLetterListener[] = [];
  private readonly writeListeners: ((write: StoreWrite) => void)[] = [];
  /** Readings under way whose outcome is not known. */
  private waiting = 0;
  private readTo: Position;
  private filling = false;
  private finishing: Promise<void> | undefined;
  private readonly retry: StoreRetry;
  private changed: (() => void)[] = [];
  private held = false;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly store: ReadingStore,
  ) {
    this.tracks = Array.from({ length: store.concurrentWrites }, () => ({
      lane: new Lane(),
      rhythm: new Rhythm(GATHER_MS),
      running: false,
    }));
    this.readTo = pipeline.releasedAtStart;
    this.retry = new StoreRetry(store, this.stopping.signal);
  }

  /** When the oldest reading that is not stored was accepted, milliseconds since the Unix epoch. */
  get oldestMs(): number | undefined {
    return this.underway.find(({ entry }) => entry)?.entry?.acceptedMs;
  }

  /** Begins, and goes on until stop(). */
  start(): void {
    this.pipeline.onAccepted((accepted) => {
      const isNext = !this.filling && this.readTo === accepted.position - accepted.count;
      // What follows at once need not be read from the disk.
      if (isNext && this.hasRoom) this.take([accepted]);
      else void this.fill();
    });
    void this.fill();
  }

  /** Calls the listener for every dead letter. */
  onDeadLetter(listener: DeadLetterListener): void {
    this.listeners.push(listener);
  }

  /** Calls the listener after every write to the store, however it ended. */
  onWrite(listener: (write: StoreWrite) => void): void {
    this.writeListeners.push(listener);
  }

  /** Returns once nothing is queued, or the store does not take what is, or the time is over. */
  async drain(withinMs: number): Promise<void> {
    const end = Date.now() + withinMs;
    this.hurry();
    while (this.pipeline.counters.queued > 0 && !this.held && Date.now() < end) {
      await Promise.race([
        new Promise<void>((resolve) => this.changed.push(resolve)),
        sleep(end - Date.now(), undefined, { ref: false }),
      ]);
    }
  }

  /** Gives up what is under way; it is sent again after the next start. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.hurry();
    await this.finishing;
  }

  private hurry(): void {
    for (const { rhythm } of this.tracks) rhythm.hurry();
    this.steps.hurry();
  }

  /** Reads ahead in the journal, as far as memory is meant for it. */
  private async fill(): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    try {
      while (this.readTo < this.pipeline.position && this.hasRoom && !this.stopping.signal.aborted) {
        const entries = await this.pipeline.read(this.readTo);
        if (entries.length === 0) break;
        this.take(entries);
      }
    } catch (error) {
      this.logger.error(`The journal cannot be read: ${(error as Error).message}`);
      setTimeout(() => void this.fill(), READ_AGAIN_MS).unref();
    } finally {
      this.filling = false;
    }
  }

  /** Puts what follows in the journal on its way. */
  private take(entries: readonly JournalEntry[]): void {
    for (const one of entries) {
      this.readTo = one.position;
      const underway = toUnderway(one);
      this.underway.push(underway);
      this.waiting += underway.remaining;
      if (one.entry) this.pack(underway, one.entry.readings);
    }
    for (const track of this.tracks) {
      if (track.lane.isFull) track.rhythm.hurry();
      void this.run(track);
    }
    if (this.isPressed) this.steps.hurry();
    this.finish();
  }

  private pack(underway: Underway, readings: readonly Reading[]): void {
    for (const [lane, its] of toLanes(readings, this.tracks.length)) {
      let skip = 0;
      for (const part of toParcels(its)) {
        this.tracks[lane]?.lane.push({ underway, packed: this.store.pack(part), lane, skip });
        skip += part.length;
      }
    }
  }

  private get hasRoom(): boolean {
    return this.waiting < MAX_WAITING && this.underway.length < MAX_UNDERWAY;
  }

  /** Whether memory or the journal wait for a step. */
  private get isPressed(): boolean {
    const { journalBytes, journalMaxBytes } = this.pipeline;
    return this.underway.length >= MAX_UNDERWAY / 2 || journalBytes >= journalMaxBytes / 2;
  }

  private async run(track: Track): Promise<void> {
    if (track.running) return;
    track.running = true;
    const { lane, rhythm } = track;
    try {
      while (lane.length > 0) {
        await rhythm.turn(lane.isFull);
        await this.forward(lane.take());
      }
    } catch (error) {
      // Only stop() ends a lane: what it had is still in the journal.
      if (!this.stopping.signal.aborted) throw error;
    } finally {
      track.running = false;
    }
  }

  /** @throws when the gateway stops, and only then */
  private async forward(batch: readonly Parcel[]): Promise<void> {
    const isReplayed = batch[0]?.underway.entry?.replayed !== undefined;
    const items = isReplayed
      ? await this.untilAnswered(() => this.notSuperseded(this.itemsOf(batch)))
      : undefined;
    const packed = items
      ? [this.store.pack(items.map(({ reading }) => reading))]
      : batch.map((parcel) => parcel.packed);
    const refusals = items?.length === 0 ? [] : await this.untilAnswered(() => this.write(packed));
    if (refusals.length > 0) this.setAside(items ?? this.itemsOf(batch), refusals);
    for (const { underway, packed } of batch) {
      underway.remaining -= packed.count;
      this.waiting -= packed.count;
    }
    this.finish();
    void this.fill();
  }

  /** The readings of parcels, in their order. */
  private itemsOf(batch: readonly Parcel[]): Item[] {
    return batch.flatMap(({ underway, packed, lane, skip }) => {
      const { readings } = decodeEntry(underway.text);
      const its = toLanes(readings, this.tracks.length).get(lane) ?? [];
      return its.slice(skip, skip + packed.count).map((reading) => ({ underway, reading }));
    });
  }

  /** Tells how long it took, and makes a trace of its own: a batch holds readings of many requests. */
  private async write(batch: readonly Packed[]): Promise<Refusal[]> {
    const readings = batch.reduce((sum, { count }) => sum + count, 0);
    const begunMs = performance.now();
    let outcome: WriteOutcome = 'failed';
    try {
      const refusals = await this.traceWrite(batch, readings);
      outcome = refusals.length > 0 ? 'partly_refused' : 'stored';
      return refusals;
    } catch (error) {
      if (error instanceof StoreUnavailable) outcome = 'unavailable';
      throw error;
    } finally {
      const write = { outcome, readings, tookMs: performance.now() - begunMs };
      // One that was given up because the gateway stops tells nothing of the store.
      if (!this.stopping.signal.aborted) for (const listener of this.writeListeners) listener(write);
    }
  }

  private traceWrite(batch: readonly Packed[], readings: number): Promise<Refusal[]> {
    const attributes = { 'predictionx.readings': readings, 'predictionx.store': this.store.kind };
    return trace({ name: 'store write', attributes, isCall: true, isRoot: true }, async (note) => {
      const refusals = await this.store.write(batch, this.stopping.signal);
      const outcome = refusals.length === 0 ? 'stored' : 'some refused';
      note({ 'predictionx.outcome': outcome, 'predictionx.refused': refusals.length });
      return refusals;
    });
  }

  /** Tries without limit: an answer that is not known holds the lane, or an old value could overwrite a newer one. */
  private async untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await ask();
        this.held = false;
        return answer;
      } catch (error) {
        if (this.stopping.signal.aborted) throw error;
        if (!(error instanceof StoreUnavailable)) this.logger.error(error);
        this.held = true;
        this.tellChanged();
        await this.retry.pause(error, attempt);
        this.stopping.signal.throwIfAborted();
      }
    }
  }

  /** Dead letters that are tried again give way to what the store took at their place meanwhile. */
  private async notSuperseded(items: readonly Item[]): Promise<Item[]> {
    const left: Item[] = [];
    for (const item of items) {
      const { sensorId, zone, timestampUs } = item.reading;
      const range = { sensorId, fromUs: timestampUs, toUs: timestampUs + 1, limit: 10_000 };
      const there = await this.store.readings(range, this.stopping.signal);
      if (!there.some((reading) => reading.zone === zone)) left.push(item);
    }
    return left;
  }

  private setAside(items: readonly Item[], refusals: readonly Refusal[]): void {
    for (const { index, kind, reason } of refusals) {
      const item = items[index];
      if (!item) throw new RangeError(`The store refused reading ${index} of ${items.length}`);
      item.underway.deadLetters ??= [];
      item.underway.deadLetters.push({ timeUs: Date.now() * 1000, reason, reading: item.reading });
      for (const listener of this.listeners) listener(kind, reason);
    }
  }

  /** Lets the journal go of what is done, from its oldest entry on. */
  private finish(): void {
    if (this.underway[0]?.remaining === 0) this.finishing ??= this.finishAll();
  }

  private async finishAll(): Promise<void> {
    for (let attempt = 0; this.underway[0]?.remaining === 0;) {
      await this.steps.turn(this.isPressed);
      const open = this.underway.findIndex(({ remaining }) => remaining > 0);
      const done = open < 0 ? this.underway.slice() : this.underway.slice(0, open);
      try {
        await this.pipeline.finish(done.at(-1)?.position ?? 0, stepOf(done));
        attempt = 0;
      } catch (error) {
        if (this.stopping.signal.aborted) break;
        this.logger.error(`The pipeline's state cannot be written: ${(error as Error).message}`);
        await this.retry.pause(error, attempt);
        attempt += 1;
        continue;
      }
      this.underway.splice(0, done.length);
      this.tellChanged();
      void this.fill();
    }
    this.finishing = undefined;
  }

  private tellChanged(): void {
    for (const resolve of this.changed.splice(0)) resolve();
  }
}

/** What became of entries that are done. */
function stepOf(done: readonly Underway[]): Parameters<Pipeline['finish']>[1] {
  const deadLetters = done.flatMap((one) => one.deadLetters ?? []);
  let readings = 0;
  let damaged = 0;
  for (const { entry, count } of done) {
    if (!entry) damaged += count;
    else readings += count;
  }
  return {
    stored: readings - deadLetters.length,
    damaged,
    deadLetters,
    replayed: done.flatMap(({ entry }) => entry?.replayed ?? []),
    remembered: done.flatMap(({ entry }) => entry?.remembered ?? []),
  };
}

/** Its readings are in its text; as objects they would live long enough to be moved by every garbage collection. */
function toUnderway({ position, count, text, entry }: JournalEntry): Underway {
  return {
    position,
    count,
    text,
    entry: entry && { acceptedMs: entry.acceptedMs, remembered: entry.remembered, replayed: entry.replayed },
    remaining: entry ? count : 0,
    deadLetters: undefined,
  };
}
