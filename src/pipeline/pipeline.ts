import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { DataDir } from '../data-dir/data-dir.js';
import { tryAgain } from '../common/errors/gateway-error.js';
import { StartError } from '../common/errors/start-error.js';
import type { Reading } from '../model/reading.js';
import { CallThread } from '../common/workers/call-thread.js';
import { CallError } from '../common/errors/call-error.js';
import { trace } from '../common/tracing/trace.js';
import { DeadLetterBound } from './dead-letter-bound.js';
import type { DeadLetter, Point } from '../model/dead-letter.js';
import { countOf, type Entry } from '../journal/entry.js';
import { JournalCursor } from '../journal/journal-cursor.js';
import {
  type AcceptedEntry,
  type EntryBytes,
  type Group,
  Journal,
  type JournalEntry,
  type Position,
} from '../journal/journal.js';
import type { JournalWatch } from '../journal/journal-watch.js';
import type { Counters } from '../journal/checkpoint.js';
import type {
  PipelineStart,
  PipelineStateCalls,
  SensorState,
  Step,
  Stepped,
} from './pipeline-state.worker.js';
import { RememberedAnswers } from './remembered-answers.js';
import { type Forgotten, type Sensor, SensorRegistry } from '../registry/sensor-registry.js';

/** Whoever drains a gateway does not do it for a moment. */
const DRAINING_RETRY_AFTER_S = 10;
/** So it is with a state file that cannot be read or written. */
const STATE_RETRY_AFTER_S = 5;
/** Ids that are looked through at once for those that are not being replayed. */
const IDS_AT_ONCE = 10_000;

/** At the start the journal is read again so often when that fails. */
const READ_ATTEMPTS = 10;
const READ_AGAIN_MS = 200;

/** Readings by what became of them: accepted = stored + queued + deadLettered, at every moment. */
export interface PipelineCounters extends Counters {
  readonly accepted: number;
  readonly queued: number;
}

/** Readings since the start, which only grow: damage and replays take nothing from them. */
export interface SinceStart {
  readonly accepted: number;
  readonly stored: number;
  readonly deadLettered: number;
}

type Listener = (accepted: readonly AcceptedEntry[]) => void;

/**
 * What lies between acceptance and the store: the journal, and beside it the state that outlives it (how far the
 * journal is released, counters, dead letters, the latest of each sensor, remembered answers).
 */
export class Pipeline {
  /** Every sensor that is known. */
  readonly sensors = new SensorRegistry();
  /** While it is false every reading is refused, dead letters that are replayed included. */
  isAccepting = true;
  private readonly logger = new Logger(Pipeline.name);
  /** What was found damaged at the start, for a person. */
  readonly damages: string[] = [];
  private onDamage: (damage: string) => void = () => undefined;
  private counts = { accepted: 0, stored: 0, queued: 0, deadLettered: 0, damaged: 0 };
  private readonly events = { accepted: 0, stored: 0, deadLettered: 0 };
  private pendingDamage = 0;
  /**
   * Dead letters that are in the journal again. To everybody they are queued; their rows are deleted with the step in which
   * their entry leaves the journal, so a crash in between needs no mending and a state file that fails loses nothing.
   */
  private readonly replaying = new Set<number>();
  private name = '';
  private loaded = false;
  private readonly listeners: Listener[] = [];
  private readonly holds: JournalCursor[] = [];
  /** What the last step has come to, as the journal notes it. */
  private released: { readonly position: Position; readonly counters: Counters };

  private constructor(
    private readonly state: CallThread<PipelineStateCalls>,
    private readonly journal: Journal,
    readonly answers: RememberedAnswers,
    /** What dead letters take on disk, and whose readings are refused because of that. */
    readonly deadLetterBound: DeadLetterBound,
  ) {
    this.released = { position: journal.releasedAtStart, counters: NO_COUNTERS };
    journal.onAppend = (accepted) => {
      this.accepted(accepted);
    };
    journal.onDeleted = (file) => {
      this.onDamage(
        `journal/${file} was deleted while the gateway ran: what of it the store does not have yet is lost when the gateway ends`,
      );
    };
  }

  /** @throws StartError */
  static async open(config: GatewayConfig, dataDir: DataDir): Promise<Pipeline> {
    const script = new URL('./pipeline-state.worker.js', import.meta.url);
    const state = await CallThread.open<PipelineStateCalls>(script, dataDir.file('state.db'), dataDir);
    const before = await state.call('start', []);
    const journal = await Journal.open(dataDir.file('journal'), config.JOURNAL_MAX_BYTES, dataDir, {
      releasedSeq: before.releasedSeq,
      reserveBytes: config.DISK_RESERVE_BYTES,
    });
    const answers = new RememberedAnswers(state, config.IDEMPOTENCY_MAX_BYTES);
    const bound = new DeadLetterBound(config.DEAD_LETTERS_MAX_BYTES);
    const pipeline = new Pipeline(state, journal, answers, bound);
    await pipeline.recover(before);
    return pipeline;
  }

  get journalBytes(): number {
    return this.journal.bytes;
  }

  /** Beyond so many bytes nothing is accepted. */
  get journalMaxBytes(): number {
    return this.journal.maxBytes;
  }

  /** Tells when the journal fills up, refuses, and accepts again. */
  get journalWatch(): JournalWatch {
    return this.journal.watch;
  }

  /** Whether the latest readings that the store held before this gateway came are known. */
  get latestLoaded(): boolean {
    return this.loaded;
  }

  get counters(): PipelineCounters {
    return { ...this.counts };
  }

  /** What was accepted, stored and set aside since the start. */
  get sinceStart(): SinceStart {
    return this.events;
  }

  /** Where reading begins after a start. */
  get releasedAtStart(): Position {
    return this.journal.releasedAtStart;
  }

  /** Readings that are kept, stored or not, because a hold has not passed them. */
  get held(): number {
    return this.position - Math.min(this.position, ...this.holds.map((hold) => hold.position));
  }

  /** Calls the listener with what was accepted, as often as the disk has taken some, in the journal's order. */
  onAccepted(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Calls the listener with every group of entries that were synced together. */
  onGroup(listener: (group: Group) => void): void {
    this.journal.onGroup = listener;
  }

  /** Calls the listener with what is found damaged after the start, for a person. */
  onDamaged(listener: (damage: string) => void): void {
    this.onDamage = listener;
  }

  /**
   * Returns once the readings are on disk and cannot be lost any more.
   * @throws GatewayError DRAINING, or as Journal.append(): nothing of it is kept
   */
  accept(entry: Entry): Promise<void> {
    if (!this.isAccepting)
      throw tryAgain('DRAINING', 'The gateway is drained and accepts nothing more', DRAINING_RETRY_AFTER_S);
    // Most of it is waiting for the group before, and for the disk.
    const attributes = { 'predictionx.readings': countOf(entry) };
    return trace({ name: 'journal append', attributes }, () => this.journal.append(entry));
  }

  /** Whether nothing is on its way any more: neither to the disk, nor to the store, nor to rules. */
  get isEmpty(): boolean {
    return this.counts.queued === 0 && this.held === 0 && this.journal.oldestWaitingMs === undefined;
  }

  /** Of the journal's places: where it is another one than before, places of before mean nothing any more. */
  get identity(): string {
    return this.name;
  }

  /** The place of the newest entry that was accepted. */
  get position(): Position {
    return this.journal.position;
  }

  /**
   * Up to when it is known what was accepted: what waits for the disk may still be refused.
   * @returns milliseconds since the Unix epoch, at most `nowMs`
   */
  knownUpToMs(nowMs: number): number {
    return Math.min(nowMs, this.journal.oldestWaitingMs ?? nowMs);
  }

  /** About `maxBytes` of what follows a place in the journal, oldest first; empty when nothing does yet. */
  read(after: Position, maxBytes?: number): Promise<JournalEntry[]> {
    return this.journal.read(after, maxBytes);
  }

  /** The same as bytes, for those who decode them in a thread of their own. */
  readBytes(after: Position): Promise<EntryBytes[]> {
    return this.journal.readBytes(after);
  }

  /** Keeps what follows a place in the journal, stored or not, until the hold has passed it. */
  hold(position: Position): JournalCursor {
    const hold = new JournalCursor(position, () => this.release());
    this.holds.push(hold);
    return hold;
  }

  /**
   * Notes what became of entries that leave the journal, all of it or nothing, and lets the journal go of them.
   * @throws CallError when the state cannot be written; nothing has changed then
   */
  async finish(
    position: Position,
    step: Omit<Step, 'releasedSeq' | 'sensors' | 'countedSeq'>,
  ): Promise<void> {
    const remembered = this.answers.unsavedOf(step.remembered);
    const changed = this.sensors.takeChanged();
    // All that the sensors know of is in the journal, or has left it with the steps up to this one.
    const sensors = { sensors: changed.map(toState), countedSeq: this.position };
    // Rows that are not those of the journal's entries are left alone: a new state file counts from 1 again.
    const replayed = step.replayed.filter((id) => this.replaying.has(id));
    const deadLetters = step.deadLetters.map((letter) =>
      letter.id === undefined || this.replaying.has(letter.id) ? letter : { ...letter, id: undefined },
    );
    const news = { ...step, ...sensors, deadLetters, replayed, remembered, releasedSeq: position };
    let stepped: Stepped;
    try {
      stepped = await this.state.call('step', [news]);
    } catch (error) {
      this.sensors.keepChanged(changed);
      throw error;
    }
    this.answers.saved(remembered);
    for (const id of replayed) this.replaying.delete(id);
    for (const { sensorId, bytes } of stepped.changes) this.deadLetterBound.add(sensorId, bytes);
    this.counts.stored += step.stored;
    this.counts.deadLettered += step.deadLetters.length;
    this.counts.queued -= step.stored + step.deadLetters.length;
    this.events.stored += step.stored;
    this.events.deadLettered += step.deadLetters.length;
    this.leaveAccepted(step.damaged);
    this.released = { position, counters: stepped.counters };
    this.sensors.released(position);
    await this.release();
  }

  /** Takes and keeps the latest readings that the store held before this gateway came. */
  async keepLoaded(readings: readonly Reading[]): Promise<void> {
    const news = readings.filter(({ sensorId }) => !this.sensors.isForgotten(sensorId, 0));
    for (const reading of news) this.sensors.note(reading, 0);
    const known = this.sensors.matching({ sensorIds: news.map(({ sensorId }) => sensorId) });
    await this.state.call('latestLoaded', [Array.from(known, toState), this.position]);
    this.loaded = true;
  }

  /**
   * Forgets a sensor until it is heard again; its readings stay in the store.
   * @returns the place in the journal up to which its readings do not count; undefined when it is not known
   * @throws GatewayError JOURNAL_UNAVAILABLE when that cannot be kept; nothing is forgotten then
   */
  async forget(sensorId: string): Promise<Position | undefined> {
    const { position } = this;
    if (!this.sensors.get(sensorId)) return undefined;
    const sensor = this.sensors.forget(sensorId, position);
    try {
      await this.state.call('forget', [sensorId, position]);
    } catch (error) {
      if (sensor) this.sensors.unforget(sensor);
      throw tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error);
    }
    return position;
  }

  /**
   * @returns at most `limit` dead letters that follow an id, in the order of their ids
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  deadLetters(afterId: number, limit: number): Promise<DeadLetter[]> {
    return orTryAgain(async () => {
      if (this.replaying.size === 0) return this.state.call('deadLetters', [afterId, limit]);
      const found: number[] = [];
      for (let after: number | undefined = afterId; after !== undefined && found.length < limit;) {
        const ids: number[] = await this.state.call('deadLetterIds', [after, IDS_AT_ONCE]);
        for (const id of ids) if (!this.replaying.has(id)) found.push(id);
        after = ids.at(-1);
      }
      return this.state.call('deadLettersOf', [found.slice(0, limit)]);
    });
  }

  /**
   * All dead letters of the points that follow one, ordered by point and id, about `limit` at once; empty when none do.
   * Those that are being replayed are among them.
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  deadLettersByPoint(after: Point | undefined, limit: number): Promise<DeadLetter[]> {
    return orTryAgain(() => this.state.call('deadLettersByPoint', [after, limit]));
  }

  /** Whether a dead letter is in the journal again. */
  isReplaying(id: number): boolean {
    return this.replaying.has(id);
  }

  /**
   * The id of the newest dead letter; 0 when there is none.
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  lastDeadLetterId(): Promise<number> {
    return orTryAgain(() => this.state.call('lastDeadLetterId', []));
  }

  /**
   * @returns false when there is none of that id
   * @throws GatewayError JOURNAL_UNAVAILABLE
   */
  async deleteDeadLetter(id: number): Promise<boolean> {
    if (this.replaying.has(id)) return false;
    const deleted = await orTryAgain(() => this.state.call('deleteDeadLetter', [id]));
    if (deleted) this.deadLetterBound.add(deleted.sensorId, -deleted.bytes);
    return deleted !== undefined;
  }

  /**
   * For each point, whether the state holds a dead letter of it with a higher id.
   * @throws CallError
   */
  hasNewerDeadLetter(points: readonly (Point & { readonly id: number })[]): Promise<boolean[]> {
    return this.state.call('hasNewerDeadLetter', [points]);
  }

  /** The store's file was damaged: what it held is gone. */
  async loseStored(): Promise<number> {
    const { stored, deadLettered, damaged } = this.counts;
    await this.state.call('adopt', [
      this.journal.start.releasedSeq,
      {
        stored: 0,
        deadLettered: deadLettered + this.replaying.size,
        damaged: damaged - this.pendingDamage + stored,
      },
    ]);
    this.counts = {
      ...this.counts,
      stored: 0,
      accepted: this.counts.accepted - stored,
      damaged: damaged + stored,
    };
    return stored;
  }

  private async release(): Promise<void> {
    const { position, counters } = this.released;
    const keepAfter = Math.min(position, ...this.holds.map((hold) => hold.position));
    try {
      await this.journal.release(position, keepAfter, counters);
    } catch (error) {
      // The step is kept all the same; the files go with the next one, or at the next start.
      this.logger.error(`The journal cannot give its space back: ${(error as Error).message}`);
    }
  }

  /** Waits for what is being written. May be called twice. */
  async close(): Promise<void> {
    await this.journal.close();
    await this.state.close();
  }

  private async recover(before: PipelineStart): Promise<void> {
    this.loaded = before.latestLoaded;
    let counters = before.counters;
    const { noted, losses, strays, releasedSeq } = this.journal.start;
    if (releasedSeq > (before.releasedSeq ?? 0)) {
      // The state file is gone, lost its tail or is an older one; dead letters that it held are the loss.
      const { deadLettered } = counters;
      const notThere = (noted?.deadLettered ?? 0) - deadLettered;
      const lost = Math.max(0, notThere - (await this.countReplayedWithoutRow()));
      if (noted) counters = { stored: noted.stored, deadLettered, damaged: noted.damaged + lost };
      await this.state.call('adopt', [releasedSeq, counters]);
      const back = notThere < 0 ? `, ${-notThere} that had been replayed are back` : '';
      this.damages.push(`The pipeline's state lost its newest part; ${lost} dead letters are lost${back}`);
    }
    if (this.state.damagedFile !== undefined)
      this.damages.push(`state.db was damaged and is kept as ${this.state.damagedFile}`);
    if (before.damagedDeadLetters > 0)
      this.damages.push(`${before.damagedDeadLetters} dead letters were damaged and are lost`);
    for (const { file, readings } of losses)
      this.damages.push(`The journal was damaged (${file}): ${readings} acknowledged readings are lost`);
    // Where something is missing, sequence numbers that others have seen may be given again.
    const isSound = this.damages.length === 0 && (noted !== undefined || before.releasedSeq === undefined);
    this.name = isSound ? before.identity : await this.state.call('renew', [this.position]);
    this.damages.push(...strays);
    await this.loadSensors(before.forgotten);
    await this.loadDeadLetterBytes();
    await this.replayJournal(counters);
  }

  private async loadSensors(forgotten: readonly Forgotten[]): Promise<void> {
    for (const { sensorId, position } of forgotten) this.sensors.forget(sensorId, position);
    const size = 10_000;
    for (let page = await this.state.call('sensors', ['', size]); page.length > 0;) {
      for (const sensor of page) this.sensors.restore(sensor);
      page = await this.state.call('sensors', [page.at(-1)?.latest.sensorId ?? '', size]);
    }
  }

  private async loadDeadLetterBytes(): Promise<void> {
    const size = 10_000;
    for (let page = await this.state.call('deadLetterBytes', ['', size]); page.length > 0;) {
      for (const { sensorId, bytes } of page) this.deadLetterBound.add(sensorId, bytes);
      page = await this.state.call('deadLetterBytes', [page.at(-1)?.sensorId ?? '', size]);
    }
  }

  /** What is still in the journal, page by page. */
  private async *queuedEntries(): AsyncGenerator<readonly JournalEntry[]> {
    let position = this.releasedAtStart;
    for (let page = await this.readPatiently(position); page.length > 0;) {
      yield page;
      position = page.at(-1)?.position ?? position;
      page = await this.readPatiently(position);
    }
  }

  /** Dead letters that are in the journal again and that the state file has lost: their readings are not lost. */
  private async countReplayedWithoutRow(): Promise<number> {
    let count = 0;
    for await (const page of this.queuedEntries()) {
      const ids = page.flatMap(({ entry }) => entry?.replayed ?? []);
      count += ids.length - (await this.existing(ids)).length;
    }
    return count;
  }

  private async existing(ids: readonly number[]): Promise<number[]> {
    return ids.length === 0 ? [] : this.state.call('existingDeadLetters', [ids]);
  }

  /** Goes once through what is still in the journal, to know again what only memory knew. */
  private async replayJournal({ stored, deadLettered, damaged }: Counters): Promise<void> {
    let queued = 0;
    let unreadable = 0;
    let highestId = 0;
    for await (const page of this.queuedEntries()) {
      for (const { position, count, entry, isUnreadable } of page) {
        if (!entry) {
          this.pendingDamage += count;
          if (isUnreadable) unreadable += count;
          continue;
        }
        queued += count;
        this.take(entry, position);
        if (entry.remembered) this.answers.add(entry.remembered);
      }
      // Earlier builds deleted the rows as soon as the journal had the entry.
      const ids = page.flatMap(({ entry }) => entry?.replayed ?? []);
      for (const id of await this.existing(ids)) this.replaying.add(id);
      highestId = ids.reduce((highest, id) => Math.max(highest, id), highestId);
    }
    // A new state file counts from 1 again, and a letter must not be taken for one that is being replayed.
    if (highestId > 0) await this.state.call('reserveDeadLetterIds', [highestId]);
    await this.answers.restored();
    if (unreadable > 0)
      this.damages.push(
        `The journal was damaged: ${unreadable} acknowledged readings cannot be read and are lost`,
      );
    this.released = { position: this.releasedAtStart, counters: { stored, deadLettered, damaged } };
    const setAside = deadLettered - this.replaying.size;
    this.counts = {
      accepted: stored + setAside + queued,
      stored,
      queued,
      deadLettered: setAside,
      damaged: damaged + this.pendingDamage,
    };
  }

  /**
   * As read(), and tries again while the system has no means.
   * @throws StartError
   */
  private async readPatiently(after: Position): Promise<JournalEntry[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.read(after);
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

  /** Damage that was found at the start is counted already; what came later is not. */
  private leaveAccepted(damaged: number): void {
    const news = Math.max(0, damaged - this.pendingDamage);
    if (news > 0)
      this.onDamage(`The journal was damaged while the gateway ran: ${news} acknowledged readings are lost`);
    this.pendingDamage -= damaged - news;
    this.counts.queued -= news;
    this.counts.accepted -= news;
    this.counts.damaged += news;
  }

  /** Dead letters that are tried again are no news of their sensors. */
  private take({ acceptedMs, readings, replayed }: Entry, position: Position): void {
    for (const reading of readings) {
      if (replayed) this.sensors.note(reading, position);
      else this.sensors.accept(reading, acceptedMs, position);
    }
  }

  private accepted(accepted: readonly AcceptedEntry[]): void {
    for (const { position, count, entry } of accepted) {
      this.counts.queued += count;
      if (entry.replayed) {
        for (const id of entry.replayed) this.replaying.add(id);
        this.counts.deadLettered -= count;
      } else {
        this.counts.accepted += count;
        this.events.accepted += count;
      }
      this.take(entry, position);
      if (entry.remembered) this.answers.add(entry.remembered);
    }
    for (const listener of this.listeners) listener(accepted);
  }
}

const NO_COUNTERS: Counters = { stored: 0, deadLettered: 0, damaged: 0 };

/** @throws GatewayError JOURNAL_UNAVAILABLE in place of a CallError: the same may succeed later */
async function orTryAgain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const detail = 'The gateway cannot read or write its own disk now';
    throw tryAgain('JOURNAL_UNAVAILABLE', detail, STATE_RETRY_AFTER_S, error);
  }
}

function toState({ latest, firstMs, lastMs, readings }: Sensor): SensorState {
  return { latest, heard: { firstMs, lastMs, readings } };
}
