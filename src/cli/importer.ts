import type { CsvReading, ReadingRow } from './csv-readings.js';
import type { GatewayClient } from './gateway-client.js';

/** Sends readings to the gateway, batch by batch, and counts what happens to them. */
export class Importer {
  readonly counts = { sent: 0, accepted: 0, refused: 0 };
  /** The reasons for refusals, and their lines. */
  readonly refusals = new Map<string, number[]>();
  /** Why the import waits, for a person; empty while it does not. */
  state = '';

  constructor(
    private readonly client: GatewayClient,
    private readonly batchSize: number,
  ) {}

  /**
   * Sends all readings in the order of the rows: of two with one timestamp the later row counts, and rules judge in this order.
   * @param signal ends the import after the request in flight
   * @throws GatewayClientError, CsvError; readings accepted until then stay accepted
   */
  async run(readings: AsyncIterable<CsvReading>, signal: AbortSignal): Promise<void> {
    let batch: ReadingRow[] = [];
    for await (const reading of readings) {
      if (signal.aborted) return;
      if ('problem' in reading) this.refuse(reading.line, reading.problem);
      else batch.push(reading);
      if (batch.length < this.batchSize) continue;
      await this.send(batch, signal);
      batch = [];
    }
    if (batch.length > 0 && !signal.aborted) await this.send(batch, signal);
  }

  private async send(rows: readonly ReadingRow[], signal: AbortSignal): Promise<void> {
    this.counts.sent += rows.length;
    const bodies = rows.map(({ body }) => body);
    const waiting = (reason: string): void => {
      this.state = reason;
    };
    const refusals = await this.client.sendBatch(bodies, signal, waiting).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (!refusals) return;
    this.state = '';
    this.counts.accepted += rows.length - refusals.length;
    for (const { index, reason } of refusals) this.refuse(rows[index]?.line ?? 0, reason);
  }

  private refuse(line: number, reason: string): void {
    this.counts.refused += 1;
    const lines = this.refusals.get(reason) ?? [];
    lines.push(line);
    this.refusals.set(reason, lines);
  }
}
