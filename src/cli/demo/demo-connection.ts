import { type SendRequest, BatchTooLargeError, type GatewayClient } from '../gateway-client.js';
import { inBatches } from './in-batches.js';
import type { StatusPrinter } from '../status-printer.js';
import type { DemoReading } from './sensor.js';

/** Readings in one request. The demo sends fewer after the gateway has refused a batch as too large. */
const BATCH = 1_000;
/** The maximum of different reasons for refusals that are printed. */
const MAX_REASONS = 5;
/** The same reason for waiting is not printed again within this time. */
const QUIET_MS = 60_000;

/** The demo's connection to the gateway. It counts readings, waits when it must, and prints each reason once. */
export class DemoConnection {
  readonly counts = { sent: 0, refused: 0 };
  private batch = BATCH;
  private readonly reasons = new Set<string>();
  private hasConnected = false;
  /** Whether the current wait was printed; undefined while it does not wait. */
  private waitState: 'printed' | 'silent' | undefined;
  private last: { readonly status: number | undefined; readonly atMs: number } | undefined;

  constructor(
    private readonly client: GatewayClient,
    private readonly printer: StatusPrinter,
    private readonly signal: AbortSignal,
  ) {}

  /** The URL of the gateway's page. */
  get page(): string {
    return this.client.page;
  }

  /** Posts readings in their order, however long it takes. */
  async post(readings: readonly DemoReading[]): Promise<void> {
    for (const batch of inBatches(readings, this.batch)) await this.postBatch(batch);
  }

  readonly request: SendRequest = async (method, path, body) => {
    const response = await this.client.request(method, path, body, this.signal, this.onWait);
    this.onResponse();
    return response;
  };

  private async postBatch(readings: readonly DemoReading[]): Promise<void> {
    try {
      const refusals = await this.client.sendBatch(readings, this.signal, this.onWait);
      this.onResponse();
      this.counts.sent += readings.length - refusals.length;
      this.counts.refused += refusals.length;
      for (const { reason } of refusals) this.printRefusal(reason);
    } catch (error) {
      if (!(error instanceof BatchTooLargeError) || readings.length === 1) throw error;
      this.batch = Math.ceil(readings.length / 2);
      await this.post(readings);
    }
  }

  private printRefusal(reason: string): void {
    // A reason names the sensor; one example of each kind is enough.
    const kind = reason.replace(/, got .*/s, '');
    if (this.reasons.has(kind) || this.reasons.size >= MAX_REASONS) return;
    this.reasons.add(kind);
    this.printer.print(`The gateway refuses readings: ${reason}`);
  }

  private readonly onWait = (reason: string, status?: number): void => {
    if (this.waitState) return;
    const isNew = !this.last || this.last.status !== status || Date.now() - this.last.atMs > QUIET_MS;
    this.waitState = isNew ? 'printed' : 'silent';
    if (!isNew) return;
    this.last = { status, atMs: Date.now() };
    if (status !== undefined) this.printer.print(`Waiting. The gateway says: ${reason}`);
    else if (this.hasConnected) this.printer.print(`Waiting. The gateway does not respond: ${reason}`);
    else {
      this.printer.print(`No gateway responds at ${this.page} (${reason})`);
      this.printer.print(
        'Start one with "npm start" in another terminal, or set --url. The demo waits for it',
      );
    }
  };

  private onResponse(): void {
    if (this.waitState === 'printed') this.printer.print(this.hasConnected ? 'Continuing' : 'Connected');
    this.waitState = undefined;
    this.hasConnected = true;
  }
}
