import type { CsvReading, CsvRow } from './csv-readings.js';
import type { GatewayClient } from './gateway-client.js';

/** Sends readings to the gateway, batch by batch, and keeps account. */
export class Importer {
  readonly counts = { sent: 0, accepted: 0, refused: 0 };
  /** Why rows were refused, and on which lines. */
  readonly refusals = new Map<string, number[]>();
  /** What is being waited for, for a person; empty while all goes well. */
  state = '';

  constructor(
    private readonly client: GatewayClient,
    private readonly batchSize: number,
  ) {}

  /**
   * Sends all readings in the order of the rows: of one time the later row stands, and rules see them as they came.
   * @param signal ends the import after the request that is under way
   * @throws GatewayClientError, CsvError; what was accepted until then stays accepted
   */
  async run(readings: AsyncIterable<CsvReading>, signal: AbortSignal): Promise<void> {
    let batch: CsvRow[] = [];
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

  private async send(rows: readonly CsvRow[], signal: AbortSignal): Promise<void> {
    this.counts.sent += rows.length;
    const bodies = rows.map(({ body }) => body);
    const waiting = (reason: string): void => {
      this.state = reason;
    };
    const refusals = await this.client.send(bodies, signal, waiting).catch((error: unknown) => {
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
