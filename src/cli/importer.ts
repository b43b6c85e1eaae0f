import type { CsvReading, CsvRow } from './csv-readings.js';
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
   * @param signal ends the import after the requests that are under way
   * @throws GatewayClientError, CsvError; what was accepted until then stays accepted
   */
  async run(readings: AsyncGenerator<CsvReading>, signal: AbortSignal): Promise<void> {
    const failing = new AbortController();
    const senders = Array.from({ length: this.concurrency }, () =>
      this.sendAll(readings, AbortSignal.any([signal, failing.signal])).catch((error: unknown) => {
        failing.abort(error);
      }),
    );
    await Promise.all(senders);
    if (!signal.aborted) failing.signal.throwIfAborted();
  }

  private async sendAll(readings: AsyncGenerator<CsvReading>, signal: AbortSignal): Promise<void> {
    for (;;) {
      const next = await readings.next();
      if (next.done === true || signal.aborted) return;
      const reading = next.value;
      if ('problem' in reading) {
        this.refuse(reading.line, reading.problem);
        continue;
      }
      const before = this.underWay.get(reading.key) ?? Promise.resolve();
      const sending = before.then(() => this.send(reading, signal));
      this.underWay.set(reading.key, sending);
      await sending;
      if (this.underWay.get(reading.key) === sending) this.underWay.delete(reading.key);
    }
  }

  private async send({ line, body }: CsvRow, signal: AbortSignal): Promise<void> {
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
