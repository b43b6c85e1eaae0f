import { type Ask, BatchTooLargeError, type GatewayClient } from '../gateway-client.js';
import { cut } from './in-batches.js';
import type { Narrator } from './status-printer.js';
import type { DemoReading } from './sensor.js';

/** So many readings in one request; fewer, once the gateway takes no more. */
const BATCH = 1_000;
/** So many different reasons for refusals are told. */
const MAX_REASONS = 5;
/** That it waits for the same again is not told again within this time. */
const QUIET_MS = 60_000;

/** The demo's line to the gateway: keeps account, waits when it must, and says so once. */
export class Link {
  readonly counts = { posted: 0, refused: 0 };
  private batch = BATCH;
  private readonly reasons = new Set<string>();
  private everAnswered = false;
  /** What was said of the waiting that is under way: nothing where it would be said too often. */
  private waitsFor: 'told' | 'untold' | undefined;
  private last: { readonly status: number | undefined; readonly atMs: number } | undefined;

  constructor(
    private readonly client: GatewayClient,
    private readonly narrator: Narrator,
    private readonly signal: AbortSignal,
  ) {}

  /** Where a person looks. */
  get page(): string {
    return this.client.page;
  }

  /** Posts readings in their order, however long it takes. */
  async post(readings: readonly DemoReading[]): Promise<void> {
    for (const batch of cut(readings, this.batch)) await this.postBatch(batch);
  }

  readonly ask: Ask = async (method, path, body) => {
    const answer = await this.client.ask(method, path, body, this.signal, this.waiting);
    this.answered();
    return answer;
  };

  private async postBatch(readings: readonly DemoReading[]): Promise<void> {
    try {
      const refusals = await this.client.send(readings, this.signal, this.waiting);
      this.answered();
      this.counts.posted += readings.length - refusals.length;
      this.counts.refused += refusals.length;
      for (const { reason } of refusals) this.sayRefused(reason);
    } catch (error) {
      if (!(error instanceof BatchTooLargeError) || readings.length === 1) throw error;
      this.batch = Math.ceil(readings.length / 2);
      await this.post(readings);
    }
  }

  private sayRefused(reason: string): void {
    // A reason names the sensor; one example of each kind is enough.
    const kind = reason.replace(/, got .*/s, '');
    if (this.reasons.has(kind) || this.reasons.size >= MAX_REASONS) return;
    this.reasons.add(kind);
    this.narrator.say(`The gateway refuses readings: ${reason}`);
  }

  private readonly waiting = (reason: string, status?: number): void => {
    if (this.waitsFor) return;
    const isNews = !this.last || this.last.status !== status || Date.now() - this.last.atMs > QUIET_MS;
    this.waitsFor = isNews ? 'told' : 'untold';
    if (!isNews) return;
    this.last = { status, atMs: Date.now() };
    if (status !== undefined) this.narrator.say(`Waiting, the gateway says: ${reason}`);
    else if (this.everAnswered) this.narrator.say(`Waiting, the gateway does not answer: ${reason}`);
    else {
      this.narrator.say(`No gateway answers at ${this.page} (${reason})`);
      this.narrator.say(
        'Start one with "npm start" in another terminal, or name it by --url; this waits for it',
      );
    }
  };

  private answered(): void {
    if (this.waitsFor === 'told') this.narrator.say(this.everAnswered ? 'Going on' : 'There it is');
    this.waitsFor = undefined;
    this.everAnswered = true;
  }
}
