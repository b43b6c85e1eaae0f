import { setTimeout as sleep } from 'node:timers/promises';

import { type FactoryOptions, makeFactory, type Post } from './factory.js';
import { Feed } from './feed.js';
import { History } from './history.js';
import type { Link } from './demo-connection.js';
import type { Narrator } from './status-printer.js';
import { newestOf } from './newest-timestamps.js';
import { makeRules } from './rules.js';
import { STORIES } from './stories.js';

export interface DemoOptions extends Omit<FactoryOptions, 'startMs'> {
  readonly historyMs: number;
  readonly rules: boolean;
}

/** Readings are sent this often. */
const TICK_MS = 250;
const STATUS_MS = 2_000;
/** What was measured while the gateway was away is sent later, but no more than this of it. */
const MAX_BACKLOG_MS = 10 * 60_000;
const MAX_BACKLOG_READINGS = 200_000;

/** A factory full of sensors that post to a gateway. */
export class Demo {
  constructor(
    private readonly link: Link,
    private readonly narrator: Narrator,
    private readonly options: DemoOptions,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Waits for the gateway, makes rules, posts the history, and then what is measured, until the signal.
   * @throws GatewayClientError when the gateway cannot be used as it is
   */
  async run(): Promise<void> {
    try {
      // Any answer will do, but to a probe a gateway that is starting gives one, too.
      await this.link.ask('GET', 'api/sensors?limit=1');
      const startMs = Date.now();
      const posts = makeFactory({ ...this.options, startMs });
      if (this.options.rules) await this.makeRules(posts);
      if (this.options.historyMs > 0) await this.postHistory(posts, startMs);
      this.sayWhereToLook(posts);
      await this.postLive(posts, startMs);
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
  }

  private async makeRules(posts: readonly Post[]): Promise<void> {
    const outcome = await makeRules(this.link.ask, new Set(posts.map(({ sensor }) => sensor.sensorId)));
    if ('refusedBecause' in outcome)
      this.narrator.say(
        `Rules: none made, the gateway refuses (${outcome.refusedBecause}); going on without`,
      );
    else if (outcome.made > 0) this.narrator.say(`Rules: made ${outcome.made}, named "Demo: …"`);
    else this.narrator.say(`Rules: ${outcome.kept} are there already, and left as they are`);
  }

  private async postHistory(posts: readonly Post[], startMs: number): Promise<void> {
    const newest = await newestOf(
      this.link.ask,
      posts.map(({ sensor }) => sensor.sensorId),
    );
    const history = new History(posts, this.options.historyMs, startMs, (sensorId) => newest.get(sensorId));
    const { posted } = this.link.counts;
    for (const readings of history.pieces()) {
      await this.link.post(readings);
      const done = this.link.counts.posted - posted;
      this.narrator.status(`History: ${count(done)} of about ${count(history.size)} readings`);
    }
    this.narrator.say(
      `History: ${count(this.link.counts.posted - posted)} readings from before now are posted`,
    );
  }

  private sayWhereToLook(posts: readonly Post[]): void {
    const zones = new Set(posts.map(({ sensor }) => sensor.zone)).size;
    const told = posts.filter(({ sensor }) => STORIES.has(sensor.sensorId)).length;
    const { sensors, rate } = this.options;
    this.narrator.say(
      `Now ${count(sensors)} sensors in ${count(zones)} zones post about ${count(rate)} readings/s, until Ctrl+C`,
    );
    this.narrator.say(`Look at ${this.link.page}`);
    if (told === STORIES.size && this.options.rules)
      this.narrator.say('Within two minutes a bearing runs hot, a mill shakes and a compressor falls silent');
  }

  private async postLive(posts: readonly Post[], startMs: number): Promise<void> {
    let feed = new Feed(posts, () => startMs);
    let sentUpToMs = startMs;
    const maxBacklogMs = Math.min(MAX_BACKLOG_MS, (1_000 * MAX_BACKLOG_READINGS) / this.options.rate);
    for (let toldMs = 0; ;) {
      const nowMs = Date.now();
      const fromMs = nowMs - maxBacklogMs;
      if (sentUpToMs < fromMs) {
        this.narrator.say(
          `${Math.ceil((fromMs - sentUpToMs) / 1_000)} s of readings are too old, and left out`,
        );
        feed = new Feed(posts, () => fromMs);
      }
      await this.link.post(feed.until(nowMs));
      sentUpToMs = nowMs;
      if (nowMs - toldMs >= STATUS_MS) {
        this.narrator.status(
          `${count(this.link.counts.posted)} posted, ${count(this.link.counts.refused)} refused`,
        );
        toldMs = nowMs;
      }
      await sleep(Math.max(0, nowMs + TICK_MS - Date.now()), undefined, { signal: this.signal });
    }
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
