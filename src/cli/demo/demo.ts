import { setTimeout as sleep } from 'node:timers/promises';

import { type FactoryOptions, makeFactory, type ScheduledSensor } from './factory.js';
import { Feed } from './feed.js';
import { History } from './history.js';
import type { DemoConnection } from './demo-connection.js';
import type { StatusPrinter } from '../status-printer.js';
import { newestTimestamps } from './newest-timestamps.js';
import { createRules } from './rules.js';
import { INCIDENTS } from './incidents.js';

export interface DemoOptions extends Omit<FactoryOptions, 'startMs'> {
  readonly historyMs: number;
  readonly rules: boolean;
}

/** The interval at which readings are sent. */
const TICK_MS = 250;
const STATUS_MS = 2_000;
/** The maximum of readings that are sent later after the gateway was not available. */
const MAX_BACKLOG_MS = 10 * 60_000;
const MAX_BACKLOG_READINGS = 200_000;

/** A factory of simulated sensors that send readings to a gateway. */
export class Demo {
  constructor(
    private readonly connection: DemoConnection,
    private readonly printer: StatusPrinter,
    private readonly options: DemoOptions,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Waits for the gateway, creates rules, sends the history, and then new readings, until the signal.
   * @throws GatewayClientError when the gateway cannot be used as it is
   */
  async run(): Promise<void> {
    try {
      // Not a health route: those also respond while the gateway is still starting. The response itself does not matter.
      await this.connection.request('GET', 'api/sensors?limit=1');
      const startMs = Date.now();
      const posts = makeFactory({ ...this.options, startMs });
      if (this.options.rules) await this.makeRules(posts);
      if (this.options.historyMs > 0) await this.postHistory(posts, startMs);
      this.printNextSteps(posts);
      await this.postLive(posts, startMs);
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
  }

  private async makeRules(posts: readonly ScheduledSensor[]): Promise<void> {
    const outcome = await createRules(
      this.connection.request,
      new Set(posts.map(({ sensor }) => sensor.sensorId)),
    );
    if ('refusedBecause' in outcome)
      this.printer.print(
        `Rules: none created, the gateway refuses (${outcome.refusedBecause}); the demo continues without them`,
      );
    else if (outcome.made > 0) this.printer.print(`Rules: created ${outcome.made}, named "Demo: …"`);
    else this.printer.print(`Rules: ${outcome.kept} exist already, left unchanged`);
  }

  private async postHistory(posts: readonly ScheduledSensor[], startMs: number): Promise<void> {
    const newest = await newestTimestamps(
      this.connection.request,
      posts.map(({ sensor }) => sensor.sensorId),
    );
    const history = new History(posts, this.options.historyMs, startMs, (sensorId) => newest.get(sensorId));
    const { sent } = this.connection.counts;
    for (const readings of history.pieces()) {
      await this.connection.post(readings);
      const done = this.connection.counts.sent - sent;
      this.printer.status(`History: ${count(done)} of about ${count(history.size)} readings`);
    }
    this.printer.print(
      `History: ${count(this.connection.counts.sent - sent)} readings of the past were sent`,
    );
  }

  private printNextSteps(posts: readonly ScheduledSensor[]): void {
    const zones = new Set(posts.map(({ sensor }) => sensor.zone)).size;
    const incidentCount = posts.filter(({ sensor }) => INCIDENTS.has(sensor.sensorId)).length;
    const { sensors, rate } = this.options;
    this.printer.print(
      `Now ${count(sensors)} sensors in ${count(zones)} zones send about ${count(rate)} readings/s, until Ctrl+C`,
    );
    this.printer.print(`Open ${this.connection.page}`);
    if (incidentCount === INCIDENTS.size && this.options.rules)
      this.printer.print(
        'Within two minutes a bearing becomes too hot, a mill vibrates and a compressor becomes silent',
      );
  }

  private async postLive(posts: readonly ScheduledSensor[], startMs: number): Promise<void> {
    let feed = new Feed(posts, () => startMs);
    let sentUpToMs = startMs;
    const maxBacklogMs = Math.min(MAX_BACKLOG_MS, (1_000 * MAX_BACKLOG_READINGS) / this.options.rate);
    for (let statusAtMs = 0; ;) {
      const nowMs = Date.now();
      const fromMs = nowMs - maxBacklogMs;
      if (sentUpToMs < fromMs) {
        this.printer.print(
          `${Math.ceil((fromMs - sentUpToMs) / 1_000)} s of readings are too old and were skipped`,
        );
        feed = new Feed(posts, () => fromMs);
      }
      await this.connection.post(feed.until(nowMs));
      sentUpToMs = nowMs;
      if (nowMs - statusAtMs >= STATUS_MS) {
        this.printer.status(
          `${count(this.connection.counts.sent)} sent, ${count(this.connection.counts.refused)} refused`,
        );
        statusAtMs = nowMs;
      }
      await sleep(Math.max(0, nowMs + TICK_MS - Date.now()), undefined, { signal: this.signal });
    }
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
