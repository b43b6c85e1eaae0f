import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { ReadingStore, Refusal, RefusalKind } from '../influx/reading-store.js';
import { StoreRetry } from '../influx/store-retry.js';
import { Throttle } from '../common/scheduling/throttle.js';
import { ReadingColumns } from '../model/reading-columns.js';
import { trace } from '../common/tracing/trace.js';
import type { Point } from '../model/dead-letter.js';
import { newestIds, type RememberedAnswer } from '../journal/entry.js';
import type { JournalEntry, Position } from '../journal/journal.js';
import { type Batch, Lane, laneOf, type InFlightGroup } from './lane.js';
import type { Pipeline } from './pipeline.js';

/** Readings that may be in memory on their way to the store, and groups of entries of which it is not noted yet that they are. */
const MAX_WAITING = 500_000;
const MAX_UNDERWAY = 100_000;
const READ_AGAIN_MS = 1_000;
/** A write costs the store nearly the same whether it holds one reading or a thousand: what is not much waits so long. */
const GATHER_MS = 100;
/** So does a step, which writes all sensors that were heard since the one before. */
const STEP_MS = 250;
/** For dead letters of a sensor that lie within such a stretch the store is asked once, for at most so many readings. */
const CLOSE_US = 60_000_000;
const ASKED_AT_ONCE = 10_000;
/** Why a dead letter that was tried again is one again, although the store was not asked. */
const NOT_THE_NEWEST =
  'A newer reading of the same sensor, zone and timestamp was set aside meanwhile; replay both together';

type Taken = Pick<JournalEntry, 'position' | 'count' | 'entry'>;
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

/** A lane, and the one who empties it. */
interface Track {
  readonly lane: Lane;
  readonly rhythm: Throttle;
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
  private readonly steps = new Throttle(STEP_MS);
  private readonly underway: InFlightGroup[] = [];
  private readonly listeners: DeadLetterListener[] = [];
  private readonly writeListeners: ((write: StoreWrite) => void)[] = [];
  /** Readings under way whose outcome is not known. */
  private waiting = 0;
  private readTo: Position;
  private filling = false;
  private readFailure: string | undefined;
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
      rhythm: new Throttle(GATHER_MS),
      running: false,
    }));
    this.readTo = pipeline.releasedAtStart;
    this.retry = new StoreRetry(store, this.stopping.signal);
  }

  /** When the oldest reading that is not stored was accepted, milliseconds since the Unix epoch. */
  get oldestMs(): number | undefined {
    return this.underway.find(({ acceptedMs }) => acceptedMs !== undefined)?.acceptedMs;
  }

  /** Begins, and goes on until stop(). */
  start(): void {
    this.pipeline.onAccepted((accepted) => {
      const [first] = accepted;
      const isNext = first && !this.filling && this.readTo === first.position - first.count;
      // What follows at once need not be read from the disk.
      if (isNext && this.hasRoom) this.take(accepted);
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
    this.flush();
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
    this.flush();
    await this.finishing;
  }

  private flush(): void {
    for (const { rhythm } of this.tracks) rhythm.flush();
    this.steps.flush();
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
      this.readFailure = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.readFailure && !this.stopping.signal.aborted)
        this.logger.error(`The journal cannot be read, and is read again until it can: ${message}`);
      this.readFailure = message;
      setTimeout(() => void this.fill(), READ_AGAIN_MS).unref();
    } finally {
      this.filling = false;
    }
  }

  /** Puts what follows in the journal on its way. */
  private take(entries: readonly Taken[]): void {
    const underway = toUnderway(entries);
    this.readTo = underway.position;
    this.underway.push(underway);
    this.waiting += underway.remaining;
    for (const { entry } of entries) {
      if (!entry) continue;
      const ids = entry.replayed && newestIds(entry);
      let place = 0;
      for (const reading of entry.readings) {
        const track = this.tracks[laneOf(reading.sensorId, this.tracks.length)];
        track?.lane.push(underway, reading, ids?.[place]);
        place += 1;
      }
    }
    for (const track of this.tracks) {
      if (track.lane.isFull) track.rhythm.flush();
      void this.run(track);
    }
    if (this.isPressed) this.steps.flush();
    this.finish();
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
        await rhythm.wait(lane.isFull);
        const batch = lane.take();
        if (batch) await this.forward(batch);
      }
    } catch (error) {
      // Only stop() ends a lane: what it had is still in the journal.
      if (!this.stopping.signal.aborted) throw error;
    } finally {
      track.running = false;
    }
  }

  /** @throws when the gateway stops, and only then */
  private async forward(batch: Batch): Promise<void> {
    const { readings, isReplayed } = batch;
    const judged = isReplayed ? await this.untilAnswered(() => this.judgeReplayed(batch)) : undefined;
    for (const place of judged?.older ?? []) this.setAside(batch, place, NOT_THE_NEWEST);
    const left = judged?.left;
    const sent = left ? ReadingColumns.of(left.map((place) => readings.at(place))) : readings;
    const refusals = sent.length === 0 ? [] : await this.untilAnswered(() => this.write(sent));
    // Dead letters of one point get their ids in the order in which their readings were accepted.
    refusals.sort((a, b) => a.index - b.index);
    for (const { index, kind, reason } of refusals) {
      this.setAside(batch, left?.[index] ?? index, reason);
      for (const listener of this.listeners) listener(kind, reason);
    }
    for (const { underway, count } of batch.parts) underway.remaining -= count;
    this.waiting -= readings.length;
    this.finish();
    void this.fill();
  }

  /** Tells how long it took, and makes a trace of its own: a batch holds readings of many requests. */
  private async write(readings: ReadingColumns): Promise<Refusal[]> {
    const begunMs = performance.now();
    let outcome: WriteOutcome = 'failed';
    try {
      const refusals = await this.traceWrite(readings);
      outcome = refusals.length > 0 ? 'partly_refused' : 'stored';
      return refusals;
    } catch (error) {
      if (error instanceof StoreUnavailable) outcome = 'unavailable';
      throw error;
    } finally {
      const write = { outcome, readings: readings.length, tookMs: performance.now() - begunMs };
      // One that was given up because the gateway stops tells nothing of the store.
      if (!this.stopping.signal.aborted) for (const listener of this.writeListeners) listener(write);
    }
  }

  private traceWrite(readings: ReadingColumns): Promise<Refusal[]> {
    const attributes = { 'predictionx.readings': readings.length, 'predictionx.store': this.store.kind };
    return trace({ name: 'store write', attributes, isCall: true, isRoot: true }, async (note) => {
      const refusals = await this.store.write(readings, this.stopping.signal);
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

  /**
   * Dead letters that are tried again give way to what the store took at their place meanwhile. They wait for newer ones of
   * their point, as dead letters: written now, they would seem to be what the newer ones have to give way to.
   * @returns the places of those that wait, and of those that are left to be written
   */
  private async judgeReplayed(batch: Batch): Promise<{ older: number[]; left: number[] }> {
    const { readings } = batch;
    const isOlder = await this.areOlder(batch);
    const places = Array.from(isOlder, (_, place) => place);
    const older = places.filter((place) => isOlder[place]);
    const left = await this.whereNothingIs(
      readings,
      places.filter((place) => !isOlder[place]),
    );
    return { older, left };
  }

  /** Those of some readings, by their places, at whose points the store holds nothing. It is asked once for many that lie close. */
  private async whereNothingIs(readings: ReadingColumns, places: readonly number[]): Promise<number[]> {
    const timeOf = (place: number): number => readings.timestampUsAt(place);
    const bySensor = new Map<string, number[]>();
    for (const place of places) {
      const sensorId = readings.sensorIdAt(place);
      const its = bySensor.get(sensorId);
      if (its) its.push(place);
      else bySensor.set(sensorId, [place]);
    }
    const left: number[] = [];
    for (const [sensorId, its] of bySensor) {
      its.sort((a, b) => timeOf(a) - timeOf(b));
      for (let next = 0; next < its.length;) {
        const fromUs = timeOf(its[next] ?? NaN);
        const last = its.findLastIndex((place) => timeOf(place) < fromUs + CLOSE_US);
        const toUs = timeOf(its[last] ?? NaN) + 1;
        const range = { sensorId, fromUs, toUs, limit: ASKED_AT_ONCE };
        const there = await this.store.readings(range, this.stopping.signal);
        const taken = new Set(there.map(keyOf));
        // A page that is full says nothing of what follows it.
        const knownToUs = there.length < ASKED_AT_ONCE ? toUs : (there.at(-1)?.timestampUs ?? toUs);
        const endUs = Math.max(knownToUs, fromUs + 1);
        for (; next <= last && timeOf(its[next] ?? NaN) < endUs; next += 1) {
          const place = its[next] ?? NaN;
          if (!taken.has(keyOf(readings.at(place)))) left.push(place);
        }
      }
    }
    return left.sort((a, b) => a - b);
  }

  /** For each dead letter of a replay, whether there is one of the same point whose reading was accepted later. */
  private async areOlder({ readings, letterIds }: Batch): Promise<boolean[]> {
    const points = letterIds.map((id, place) => ({
      sensorId: readings.sensorIdAt(place),
      zone: readings.zoneAt(place),
      timestampUs: readings.timestampUsAt(place),
      id,
    }));
    // Looked at first: what goes from here into the state in between is found there.
    const unkept = this.newestUnkept(new Set(points.map(({ sensorId }) => sensorId)));
    const isNewerKept = await this.pipeline.hasNewerDeadLetter(points);
    return points.map((point, place) => {
      return isNewerKept[place] === true || (unkept.get(keyOf(point)) ?? 0) > point.id;
    });
  }

  /** The newest ids, by point, among the dead letters of some sensors that the state does not have yet. */
  private newestUnkept(sensorIds: ReadonlySet<string>): Map<string, number> {
    const newest = new Map<string, number>();
    for (const { deadLetters = [] } of this.underway) {
      for (const { id = Infinity, reading } of deadLetters) {
        if (!sensorIds.has(reading.sensorId)) continue;
        const key = keyOf(reading);
        newest.set(key, Math.max(id, newest.get(key) ?? 0));
      }
    }
    return newest;
  }

  private setAside(batch: Batch, place: number, reason: string): void {
    const underway = batch.underwayOf(place);
    const reading = batch.readings.at(place);
    underway.deadLetters ??= [];
    underway.deadLetters.push({ id: batch.letterIds[place], timeUs: Date.now() * 1000, reason, reading });
  }

  /** Lets the journal go of what is done, from its oldest entry on. */
  private finish(): void {
    if (this.underway[0]?.remaining === 0) this.finishing ??= this.finishAll();
  }

  private async finishAll(): Promise<void> {
    for (let attempt = 0; this.underway[0]?.remaining === 0;) {
      await this.steps.wait(this.isPressed);
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

/** Names have no control characters. */
function keyOf({ sensorId, zone, timestampUs }: Point): string {
  return `${sensorId}\n${zone}\n${timestampUs}`;
}

/** What became of entries that are done. */
function stepOf(done: readonly InFlightGroup[]): Parameters<Pipeline['finish']>[1] {
  const deadLetters = done.flatMap((one) => one.deadLetters ?? []);
  const sum = (of: (one: InFlightGroup) => number): number => done.reduce((total, one) => total + of(one), 0);
  return {
    stored: sum(({ readings }) => readings) - deadLetters.length,
    damaged: sum(({ damaged }) => damaged),
    deadLetters,
    replayed: done.flatMap(({ replayed }) => replayed),
    remembered: done.flatMap(({ remembered }) => remembered),
  };
}

function toUnderway(entries: readonly Taken[]): InFlightGroup {
  let readings = 0;
  let damaged = 0;
  let acceptedMs: number | undefined;
  const remembered: RememberedAnswer[] = [];
  const replayed: number[] = [];
  let remaining = 0;
  for (const { entry, count } of entries) {
    if (!entry) {
      damaged += count;
      continue;
    }
    readings += count;
    acceptedMs ??= entry.acceptedMs;
    if (entry.remembered) remembered.push(entry.remembered);
    for (const id of entry.replayed ?? []) replayed.push(id);
    remaining += entry.readings.length;
  }
  const position = entries.at(-1)?.position ?? NaN;
  const sums = { position, acceptedMs, readings, damaged, remembered, replayed };
  return { ...sums, remaining, deadLetters: undefined };
}
