import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import type { SteadyClock } from '../clock/steady-clock.js';
import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { RetainingCursor } from '../journal/journal-cursor.js';
import type { Position } from '../journal/journal-entry.js';
import type { JournalFeed } from '../pipeline/journal-feed.js';
import type { KnownSensors } from '../registry/known-sensors.js';
import { ChangeReporter } from '../logs/change-reporter.js';
import type { SystemEvent } from '../model/system-event.js';
import type { SystemLog } from '../logs/system-log.js';
import { ActiveRules } from './active-rules.js';
import { RecentEntries } from './recent-entries.js';
import { type OpenedRules, openRules } from './open-rules.js';
import { RuleChanges } from './rule-changes.js';
import type { RuleRegistry } from './rule-registry.js';
import type { SensorRules } from '../sensors/sensor-rules.js';
import { judgeAlike, type Rule } from './rule.js';
import type { RulesThread } from './rules-thread.js';

/** How often sensors are checked for silence, which must be reported within a second. */
const TICK_MS = 100;
/** How long readings are gathered before they are judged. */
const GATHER_MS = 20;
/** The same while many come, so that the thread of the rules is woken less often: it may share its core with ingest. */
const BUSY_GATHER_MS = 100;
/** Many readings in GATHER_MS. */
const MANY = 50;
/** How often the rule state is saved, unless saving takes more than a tenth of the time. */
const CHECKPOINT_MS = 1_000;
const CHECKPOINT_SHARE = 1 / 10;
/** It is also saved once the journal keeps this share of JOURNAL_MAX_BYTES for the rules. */
const CHECKPOINT_FILL = 1 / 16;
const RETRY_MS = 1_000;
const STOP_TIMEOUT_MS = 5_000;
/** A whole site may fall silent at once. A reader of the log waits for one commit at most. */
const EVENTS_PER_COMMIT = 2_000;

const NO_WAKE = (): void => undefined;

/**
 * Lets the rules judge everything that enters the journal, in their own thread, so that requests do not wait for them.
 * Events are in the system log before the rule state is saved, and the state is saved together with the position in the
 * journal that it covers. The journal keeps what follows that position. After a crash the rules judge it again and find
 * the same events with the same ids, and the log does not take them twice.
 */
export class RulesRunner implements SensorRules {
  private readonly logger = new Logger(RulesRunner.name);
  private readonly stopping = new AbortController();
  private readonly changes = new RuleChanges(() => {
    this.wake();
  });
  private readonly reporter = new ChangeReporter(({ type, message }) => void this.log.record(type, message));
  private readonly thread: RulesThread;
  private readonly cursor: RetainingCursor;
  private readonly recent: RecentEntries;
  private readonly maxBytes: number;
  /** Events that were found and are not in the log yet. Nothing more is judged before they are. */
  private pendingEvents: SystemEvent[] = [];
  /** What the thread knows of sensors at the start has to be saved, too. */
  private isStateDirty = true;
  /** Bytes of the journal that were judged since the last checkpoint. */
  private bytesSinceCheckpoint = 0;
  private nextCheckpointMs = 0;
  /** Readings that were judged together last. */
  private lastJudged = 0;
  private readonly active = new ActiveRules({
    states: (among) => this.thread.call('active', [among]),
    silentSinceMs: (sensorId, ruleId) => this.silentSinceMs(sensorId, ruleId),
  });
  private wake = NO_WAKE;
  private running: Promise<void> | undefined;
  private hasFailed = false;
  readonly registry: RuleRegistry;

  private constructor(
    private readonly opened: OpenedRules,
    private readonly journal: JournalFeed,
    private readonly sensors: KnownSensors,
    private readonly log: SystemLog,
    private readonly steady: SteadyClock,
    journalMaxBytes: number,
  ) {
    ({ thread: this.thread, registry: this.registry } = opened);
    this.cursor = journal.openRetainingCursor(opened.position);
    this.maxBytes = journalMaxBytes * CHECKPOINT_FILL;
    this.recent = new RecentEntries(journal.position, steady.run);
    journal.onAccepted((entries) => {
      for (const entry of entries) {
        this.recent.push(entry);
        const { deletion } = entry.entry;
        if (deletion) this.active.outdate(entry.position, deletion.sensorId);
      }
      this.wake();
    });
  }

  /** @throws CallError when the rules cannot be read or saved */
  static async open(
    { storage: { journalMaxBytes }, readings: { maxFutureMs } }: GatewayConfig,
    thread: RulesThread,
    journal: JournalFeed,
    sensors: KnownSensors,
    log: SystemLog,
    steady: SteadyClock,
  ): Promise<RulesRunner> {
    const opened = await openRules(thread, journal, sensors, maxFutureMs);
    return new RulesRunner(opened, journal, sensors, log, steady, journalMaxBytes);
  }

  /** Runs until stop(). */
  async start(): Promise<void> {
    await this.active.load(undefined);
    // The journal may hold deletions that are still to be judged.
    this.active.outdate(this.journal.position, undefined);
    for (const damage of this.opened.damages) {
      this.logger.error(damage);
      await this.log.record('critical', damage);
    }
    this.running = this.run();
  }

  /**
   * Adds a rule, or replaces the one with its id. Readings accepted from then on are judged by it.
   * @throws GatewayError TOO_BUSY or JOURNAL_UNAVAILABLE: nothing has changed then
   */
  async put(rule: Rule): Promise<void> {
    await this.changes.add(async () => {
      const before = this.registry.get(rule.id);
      await this.thread.call('put', [rule]);
      if (before && !judgeAlike(before, rule)) this.active.dropRule(rule.id);
    }, this.journal.position);
    this.registry.put(rule);
  }

  /**
   * Deletes a rule. It takes effect at once, also for readings that were accepted before: rules that are behind because
   * of this one could otherwise not catch up.
   * @throws GatewayError as put()
   */
  async delete(ruleId: string): Promise<void> {
    await this.changes.add(async () => {
      await this.thread.call('delete', [ruleId]);
      this.active.dropRule(ruleId);
    }, this.cursor.position);
    this.registry.delete(ruleId);
  }

  activeOf(sensorId: string): ReadonlyMap<string, number> {
    return this.active.of(sensorId);
  }

  silentAfterMs(sensorId: string, zone: string): number {
    return this.registry.silentAfterMs(sensorId, zone);
  }

  /** Forgets the rule state of a sensor, once the readings accepted up to a position in the journal are judged. */
  async forget(sensorId: string, position: Position): Promise<void> {
    try {
      await this.thread.call('forget', [{ sensorId, position }]);
    } catch (error) {
      // It is forgotten in memory, and the next checkpoint saves that.
      this.isStateDirty = true;
      this.logger.warn(`Cannot save now that rules have forgotten ${sensorId}: ${(error as Error).message}`);
    }
    this.active.dropSensor(sensorId);
    this.active.outdate(position, sensorId);
  }

  /** Judges what is left, as far as possible, and saves the rule state. May be called twice. */
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
        await this.changes.applyUpTo(this.cursor.position);
        if (this.isCheckpointDue) await this.checkpoint();
        this.reportRecovery();
        await this.waitForWork();
      } catch (error) {
        this.reportFailure(error as Error);
        await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    await this.finish();
  }

  private reportFailure({ message }: Error): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.logger.error(`Rules stopped: ${message}`);
    const effect =
      'no events are created, and accepted readings stay in the journal until the rules continue';
    this.reporter.report({ type: 'critical', message: `Rules stopped (${message}): ${effect}` });
  }

  private reportRecovery(): void {
    if (!this.hasFailed) return;
    this.hasFailed = false;
    const message = 'Rules continue; readings accepted in the meantime are judged now';
    this.reporter.report({ type: 'normal', message });
  }

  private async finish(): Promise<void> {
    this.reporter.flush();
    this.changes.rejectAll(new Error('the gateway is shutting down'));
    try {
      await this.catchUp(performance.now() + STOP_TIMEOUT_MS);
      // Also when nothing has changed: the running time has.
      await this.saveState();
    } catch (error) {
      this.logger.warn(
        `Readings not judged yet are judged after the next start: ${(error as Error).message}`,
      );
    }
  }

  /** Judges everything accepted until now, and finds the sensors that are silent at this time. */
  private async catchUp(untilMs = Infinity): Promise<void> {
    await this.savePendingEvents();
    // All at one moment: what is accepted up to that time is in the journal up to that position.
    const { ms: nowMs, run } = this.steady;
    const knownMs = Math.floor(this.journal.knownUpToMs(nowMs));
    const wallMs = Math.round(Date.now() - (nowMs - knownMs));
    const { position: end } = this.journal;
    this.lastJudged = end - this.cursor.position;
    while (this.cursor.position < end) {
      if (performance.now() > untilMs) return;
      await this.saveEvents(await this.judgeNext());
      await this.changes.applyUpTo(this.cursor.position);
      if (this.isCheckpointDue) await this.checkpoint();
    }
    await this.saveEvents(this.found(await this.thread.call('tick', [wallMs, { run, ms: knownMs }])));
    await this.active.refresh(end);
  }

  /** From memory; from the journal where memory does not reach back that far. */
  private async judgeNext(): Promise<SystemEvent[]> {
    const next = this.recent.takeAfter(this.cursor.position);
    if (!next) return this.judgeFromJournal();
    const events = this.found(await this.thread.call('judge', [next.entries, next.position]));
    this.advanceTo(next.position, next.bytes);
    return events;
  }

  private async judgeFromJournal(): Promise<SystemEvent[]> {
    const entries = await this.cursor.readBytes();
    let bytes = 0;
    const ends = Float64Array.from(entries, ({ body }) => (bytes += body.length));
    const positions = Float64Array.from(entries, ({ position }) => position);
    const counts = Float64Array.from(entries, ({ count }) => count);
    const bodies = Buffer.concat(entries.map(({ body }) => body));
    const { events, unreadable } = await this.thread.call('judgeBytes', [bodies, ends, positions, counts]);
    if (unreadable > 0) {
      const message = `Rules cannot read ${unreadable} readings in the journal: they are not judged`;
      this.logger.error(message);
      this.reporter.report({ type: 'critical', message });
    }
    this.advanceTo(positions.at(-1) ?? this.cursor.position, bytes);
    return this.found(events);
  }

  /** Takes events as soon as the thread has found them: what is asked of it later must not come before them. */
  private found(events: SystemEvent[]): SystemEvent[] {
    this.active.apply(events);
    return events;
  }

  /** As if the gateway had run all the time. */
  private silentSinceMs(sensorId: string, ruleId: string): number {
    const rule = this.registry.get(ruleId);
    const afterMs = rule?.kind === 'silent' ? rule.afterSeconds * 1000 : 0;
    return Math.max(rule?.sinceMs ?? 0, (this.sensors.get(sensorId)?.lastMs ?? 0) + afterMs);
  }

  private advanceTo(position: Position, bytes: number): void {
    this.cursor.advance(position);
    this.bytesSinceCheckpoint += bytes;
  }

  private async saveEvents(events: SystemEvent[]): Promise<void> {
    if (events.length === 0) return;
    this.isStateDirty = true;
    this.pendingEvents = events;
    await this.savePendingEvents();
  }

  private async savePendingEvents(): Promise<void> {
    while (this.pendingEvents.length > 0) {
      await this.log.append(this.pendingEvents.slice(0, EVENTS_PER_COMMIT));
      this.pendingEvents = this.pendingEvents.slice(EVENTS_PER_COMMIT);
    }
  }

  private get isCheckpointDue(): boolean {
    return performance.now() >= this.nextCheckpointMs || this.bytesSinceCheckpoint >= this.maxBytes;
  }

  private async checkpoint(): Promise<void> {
    if (!this.isStateDirty && this.cursor.position === this.cursor.committed) return;
    await this.saveState();
  }

  private async saveState(): Promise<void> {
    const startMs = performance.now();
    const position = await this.thread.call('checkpoint', []);
    const tookMs = performance.now() - startMs;
    this.nextCheckpointMs = performance.now() + Math.max(CHECKPOINT_MS, tookMs / CHECKPOINT_SHARE);
    this.isStateDirty = false;
    this.bytesSinceCheckpoint = 0;
    await this.cursor.commit(position);
  }

  private async waitForWork(): Promise<void> {
    if (this.changes.size > 0 || this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      this.wake = () => {
        this.wake = NO_WAKE;
        clearTimeout(timer);
        resolve();
      };
    });
    if (this.changes.size > 0) return;
    const gatherMs = this.lastJudged > MANY ? BUSY_GATHER_MS : GATHER_MS;
    await sleep(gatherMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
