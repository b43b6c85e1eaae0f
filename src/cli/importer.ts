import type { CsvReading } from './csv-readings.js';
import type { GatewayClient } from './gateway-client.js';

/** Sends readings to the gateway, several at once, and keeps account. */
export class Importer {
  readonly counts = { sent: 0, accepted: 0, refused: 0 };
  /** Why rows were refused, and on which lines. */
  readonly refusals = new Map<string, number[]>();
  /** What is being waited for, for a person; empty while all goes well. */
  state = '';

  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly client: GatewayClient,
    private readonly concurrency: number,
  ) {}

  /**
   * Sends all readings. Rows of one time go one after the other, so that the later row stands.
   * @throws GatewayClientError, CsvError; what was accepted until then stays accepted
   */
  async run(readings: AsyncIterable<CsvReading>, signal: AbortSignal): Promise<void> {
    const failing = new AbortController();
    const either = AbortSignal.any([signal, failing.signal]);
    try {
      for await (const reading of readings) {
        if ('problem' in reading) {
          this.refuse(reading.line, reading.problem);
          continue;
        }
        while (this.underWay.has(reading.key)) await this.underWay.get(reading.key);
        while (this.underWay.size >= this.concurrency) await Promise.race(this.underWay.values());
        if (either.aborted) break;
        const sending = this.send(reading, either)
          .catch((error: unknown) => {
            failing.abort(error);
          })
          .finally(() => this.underWay.delete(reading.key));
        this.underWay.set(reading.key, sending);
      }
    } finally {
      await Promise.all(this.underWay.values());
    }
    if (!signal.aborted) failing.signal.throwIfAborted();
  }

  private async send(
    { line, body }: Exclude<CsvReading, { problem: string }>,
    signal: AbortSignal,
  ): Promise<void> {
    this.counts.sent += 1;
    const answer = await this.client.send(body, signal, (reason) => {
      this.state = reason;
    });
    this.state = '';
    if (answer.accepted) this.counts.accepted += 1;
    else this.refuse(line, answer.reason);
  }

  private refuse(line: number, reason: string): void {
    this.counts.refused += 1;
    const lines = this.refusals.get(reason) ?? [];
    lines.push(line);
    this.refusals.set(reason, lines);
  }
}
