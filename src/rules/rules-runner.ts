import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { DataDir } from '../data-dir/data-dir.js';
import { tryAgain } from '../common/errors/gateway-error.js';
import type { RetainingCursor } from '../journal/journal-cursor.js';
import type { Position } from '../journal/journal-entry.js';
import type { JournalFeed } from '../pipeline/journal-feed.js';
import type { KnownSensors } from '../registry/known-sensors.js';
import type { Sensor } from '../registry/sensor.js';
import { ChangeReporter } from '../logs/change-reporter.js';
import type { SystemEvent } from '../model/system-event.js';
import type { SystemLog } from '../logs/system-log.js';
import { CallThread } from '../common/workers/call-thread.js';
import { FreshReadings } from './recent-entries.js';
import type { SensorRules } from '../sensors/sensor-rules.js';
import { RuleBook } from './rule-registry.js';
import type { Rule } from './rule.js';
import type { RulesCalls, RulesStart } from './rules.worker.js';

/** Silence is looked for this often; it is to be told within a second. */
const TICK_MS = 100;
/** News of the journal are gathered for so long before they are read: single readings may come in tens of thousands. */
const GATHER_MS = 20;
/** How rules stand is kept this often, unless keeping it takes more than a fifth of the time. */
const CHECKPOINT_MS = 1_000;
const CHECKPOINT_SHARE = 1 / 5;
/** …or as soon as the journal holds this share of JOURNAL_MAX_BYTES for it. */
const CHECKPOINT_FILL = 1 / 16;
const RETRY_MS = 1_000;
/** A change of the rules waits at most so long for its turn. */
const CHANGE_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;
/** A whole site may fall silent at once, and those who read the log wait for one commit at most. */
const KEPT_AT_ONCE = 2_000;
const SEEDS_AT_ONCE = 10_000;

const AWAKE = (): void => undefined;

interface Change {
  readonly act: () => Promise<void>;
  /** What is accepted up to here is judged by the rules of before. */
  readonly after: Position;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Has everything that enters the journal judged by the rules, in a thread of their own and off the way of requests.
 * Events are in the system log before how rules stand is kept, and that is kept together with the place in the journal
 * that it covers. The journal holds what lies behind that place, so after a crash it is judged again, finds the same
 * events under the same ids, and the log takes none of them twice.
 */
export class RulesRunner implements SensorRules {
  private readonly logger = new Logger(RulesRunner.name);
  private readonly stopping = new AbortController();
  private readonly changes: Change[] = [];
  /** Events that were found and are not in the log yet: nothing more is judged before they are. */
  private unkept: SystemEvent[] = [];
  private unsaved = false;
  /** What was found damaged at the start, for a person. */
  private readonly damages: string[] = [];
  /** Bytes of the journal that were judged since how rules stand was kept. */
  private heldBytes = 0;
  private readonly fresh: FreshReadings;
  private nextCheckpointMs = 0;
  private wake = AWAKE;
  private running: Promise<void> | undefined;
  private failing = false;
  private readonly teller = new ChangeReporter(({ type, message }) => void this.log.note(type, message));

  private constructor(
    private readonly thread: CallThread<RulesCalls>,
    private readonly journal: JournalFeed,
    private readonly sensors: KnownSensors,
    private readonly log: SystemLog,
    readonly book: RuleBook,
    private readonly cursor: RetainingCursor,
    private readonly maxHeldBytes: number,
  ) {
    this.fresh = new FreshReadings(journal.position);
    journal.onAccepted((accepted) => {
      for (const one of accepted) this.fresh.push(one);
      this.wake();
    });
  }

  /** @throws StartError saying why the rules cannot be opened */
  static async open(
    { storage: { journalMaxBytes } }: GatewayConfig,
    dataDir: DataDir,
    journal: JournalFeed,
    sensors: KnownSensors,
    log: SystemLog,
  ): Promise<RulesRunner> {
    const script = new URL('./rules.worker.js', import.meta.url);
    const thread = await CallThread.open<RulesCalls>(script, dataDir.file('rules.db'), dataDir);
    const { rules, position, ...losses } = await thread.call('start', [journal.identity, journal.position]);
    for (const { sensorId, position: at } of sensors.forgotten()) await thread.call('forget', [sensorId, at]);
    const cursor = journal.openRetainingCursor(position ?? journal.position);
    const maxHeldBytes = journalMaxBytes * CHECKPOINT_FILL;
    const runner = new RulesRunner(thread, journal, sensors, log, new RuleBook(rules), cursor, maxHeldBytes);
    runner.noteLosses(losses);
    if (position === undefined) await runner.beginAnew();
    else await runner.seed([...sensors.matching({ sensorIds: losses.lostSensors })]);
    return runner;
  }

  /** Begins, and goes on until stop(). */
  async start(): Promise<void> {
    for (const damage of this.damages) {
      this.logger.error(damage);
      await this.log.note('critical', damage);
    }
    this.running = this.run();
  }

  /**
   * Keeps a rule, a new one or instead of the one with its id. Readings accepted from then on are judged by it.
   * @throws GatewayError TOO_BUSY or JOURNAL_UNAVAILABLE: nothing has changed then
   */
  async put(rule: Rule): Promise<void> {
    await this.change(() => this.thread.call('put', [rule]));
    this.book.put(rule);
  }

  /**
   * As put(), for a rule that is to be no more. It judges nothing from then on, whenever that was accepted: rules that
   * are behind because of this one would otherwise stay so.
   */
  async delete(ruleId: string): Promise<void> {
    await this.change(() => this.thread.call('delete', [ruleId]), this.cursor.position);
    this.book.delete(ruleId);
  }

  /** See SensorRules. */
  silentAfterMs(sensorId: string, zone: string): number {
    return this.book.silentAfterMs(sensorId, zone);
  }

  /** Forgets how rules stand with a sensor, for what was accepted up to a place in the journal. */
  async forget(sensorId: string, position: Position): Promise<void> {
    try {
      await this.thread.call('forget', [sensorId, position]);
    } catch (error) {
      // They have forgotten it in memory, and keep that with how they stand.
      this.unsaved = true;
      this.logger.warn(
        `That rules have forgotten ${sensorId} cannot be kept now: ${(error as Error).message}`,
      );
    }
  }

  /** Judges what is still to be judged, as far as it can, and keeps how rules stand. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    await this.thread.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.catchUp();
        await this.carryOutChanges();
        if (this.isCheckpointDue) await this.checkpoint();
        this.goesOn();
        await this.untilNews();
      } catch (error) {
        this.fails(error as Error);
        await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    await this.end();
  }

  private fails({ message }: Error): void {
    if (this.failing) return;
    this.failing = true;
    this.logger.error(`Rules cannot go on: ${message}`);
    const what = 'no events are made, and what is accepted stays in the journal until they do';
    this.teller.report({ type: 'critical', message: `Rules cannot go on (${message}): ${what}` });
  }

  private goesOn(): void {
    if (!this.failing) return;
    this.failing = false;
    this.teller.report({ type: 'normal', message: 'Rules go on; what was accepted meanwhile is judged' });
  }

  private async end(): Promise<void> {
    this.teller.flush();
    for (const { reject } of this.changes.splice(0)) reject(new Error('the gateway is shutting down'));
    try {
      await this.catchUp(performance.now() + STOP_TIMEOUT_MS);
      await this.checkpoint();
    } catch (error) {
      this.logger.warn(`What rules have not judged is judged at the next start: ${(error as Error).message}`);
    }
  }

  /** Judges all that was accepted until now, and finds who is silent at this time. */
  private async catchUp(untilMs = Infinity): Promise<void> {
    await this.keepEvents();
    // Both at one moment: what is accepted up to that time is in the journal up to that place.
    const knownMs = this.journal.knownUpToMs(Date.now());
    const { position: end } = this.journal;
    while (this.cursor.position < end) {
      if (performance.now() > untilMs) return;
      await this.found(await this.judgeNext());
      await this.carryOutChanges();
      if (this.isCheckpointDue) await this.checkpoint();
    }
    await this.found(await this.thread.call('tick', [knownMs]));
  }

  /** From memory, or from the journal when it is behind. */
  private async judgeNext(): Promise<SystemEvent[]> {
    const next = this.fresh.takeAfter(this.cursor.position);
    if (next) {
      const events = await this.thread.call('judge', [next.entries, next.position]);
      this.passed(next.position, next.bytes);
      return events;
    }
    const entries = await this.cursor.readBytes();
    let bytes = 0;
    const ends = Float64Array.from(entries, ({ body }) => (bytes += body.length));
    const positions = Float64Array.from(entries, ({ position }) => position);
    const counts = Float64Array.from(entries, ({ count }) => count);
    const bodies = Buffer.concat(entries.map(({ body }) => body));
    const { events, unreadable } = await this.thread.call('judgeBytes', [bodies, ends, positions, counts]);
    if (unreadable > 0) {
      const message = `Rules cannot read ${unreadable} readings in the journal: nothing was judged by them`;
      this.logger.error(message);
      this.teller.report({ type: 'critical', message });
    }
    this.passed(positions.at(-1) ?? this.cursor.position, bytes);
    return events;
  }

  private passed(position: Position, bytes: number): void {
    this.cursor.advance(position);
    this.heldBytes += bytes;
  }

  private async found(events: SystemEvent[]): Promise<void> {
    if (events.length === 0) return;
    this.unsaved = true;
    this.unkept = events;
    await this.keepEvents();
  }

  private async keepEvents(): Promise<void> {
    while (this.unkept.length > 0) {
      await this.log.keep(this.unkept.slice(0, KEPT_AT_ONCE));
      this.unkept = this.unkept.slice(KEPT_AT_ONCE);
    }
  }

  private get isCheckpointDue(): boolean {
    return performance.now() >= this.nextCheckpointMs || this.heldBytes >= this.maxHeldBytes;
  }

  private async checkpoint(): Promise<void> {
    if (!this.unsaved && this.cursor.position === this.cursor.committed) return;
    const begunMs = performance.now();
    const position = await this.thread.call('checkpoint', []);
    const tookMs = performance.now() - begunMs;
    this.nextCheckpointMs = performance.now() + Math.max(CHECKPOINT_MS, tookMs / CHECKPOINT_SHARE);
    this.unsaved = false;
    this.heldBytes = 0;
    await this.cursor.commit(position);
  }

  private change(act: () => Promise<void>, after = this.journal.position): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const change: Change = { act, after, resolve, reject };
      this.changes.push(change);
      this.wake();
      setTimeout(() => {
        const at = this.changes.indexOf(change);
        if (at < 0) return;
        this.changes.splice(at, 1);
        reject(tryAgain('TOO_BUSY', 'Rules are behind with what was accepted; send this again later', 5));
      }, CHANGE_TIMEOUT_MS).unref();
    });
  }

  private async carryOutChanges(): Promise<void> {
    for (let next = this.changes[0]; next && next.after <= this.cursor.position; next = this.changes[0]) {
      this.changes.shift();
      try {
        await next.act();
        next.resolve();
      } catch (error) {
        next.reject(tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error));
      }
    }
  }

  private async untilNews(): Promise<void> {
    if (this.changes.length > 0 || this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      this.wake = () => {
        this.wake = AWAKE;
        clearTimeout(timer);
        resolve();
      };
    });
    if (this.changes.length === 0)
      await sleep(GATHER_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private noteLosses({ lostRules, lostSensors }: Pick<RulesStart, 'lostRules' | 'lostSensors'>): void {
    const { damagedFile } = this.thread;
    if (damagedFile !== undefined)
      this.damages.push(
        `rules.db was damaged and is kept as ${damagedFile}: there are no rules any more; make them anew`,
      );
    if (lostRules.length > 0)
      this.damages.push(
        `rules.db was damaged: ${lostRules.length} rules are lost (${lostRules.join(', ')}); make them anew`,
      );
    if (lostSensors.length > 0)
      this.damages.push(
        `rules.db was damaged: rules begin anew with ${lostSensors.length} sensors, such as ${lostSensors[0] ?? ''}`,
      );
  }

  private async beginAnew(): Promise<void> {
    await this.thread.call('begin', [this.cursor.position]);
    await this.seed([...this.sensors.matching({})]);
  }

  /** Gives the rules what the pipeline knows of sensors. */
  private async seed(sensors: readonly Sensor[]): Promise<void> {
    for (let at = 0; at < sensors.length; at += SEEDS_AT_ONCE) {
      const seeds = sensors.slice(at, at + SEEDS_AT_ONCE).map(({ latest, lastMs }) => ({
        sensorId: latest.sensorId,
        newestUs: latest.timestampUs,
        value: latest.value,
        zone: latest.zone,
        heardMs: lastMs,
      }));
      await this.thread.call('seed', [seeds]);
    }
    this.unsaved = true;
  }
}
