import type { CsvRow, ReadingRow } from './csv-readings.js';
import type { GatewayClient } from './gateway-client.js';

/** Sends readings to the gateway, batch by batch, and counts what happens to them. */
export class Importer {
  /** A row with a problem counts as refused, but never as sent. */
  readonly counts = { sent: 0, accepted: 0, refused: 0 };
  /** Line numbers by reason. */
  readonly refusals = new Map<string, number[]>();
  /** Why the import waits; empty while it does not. */
  waitReason = '';

  constructor(
    private readonly client: GatewayClient,
    private readonly batchSize: number,
  ) {}

  /**
   * Sends all readings in the order of the rows, because rules judge them in this order. If two rows have the same timestamp,
   * the later one wins.
   * @param signal ends the import after the request in flight
   * @throws GatewayClientError, CsvError; readings accepted until then stay accepted
   */
  async run(rows: AsyncIterable<CsvRow>, signal: AbortSignal): Promise<void> {
    let batch: ReadingRow[] = [];
    for await (const row of rows) {
      if (signal.aborted) return;
      if ('problem' in row) this.recordRefusal(row.line, row.problem);
      else batch.push(row);
      if (batch.length < this.batchSize) continue;
      await this.send(batch, signal);
      batch = [];
    }
    if (batch.length > 0 && !signal.aborted) await this.send(batch, signal);
  }

  private async send(rows: readonly ReadingRow[], signal: AbortSignal): Promise<void> {
    this.counts.sent += rows.length;
    const bodies = rows.map(({ body }) => body);
    const onWait = (reason: string): void => {
      this.waitReason = reason;
    };
    const refusals = await this.client.sendBatch(bodies, signal, onWait).catch((error: unknown) => {
      // An abort ends a wait with an error. Other errors need no report then either: the summary says to run the same command
      // again, and that shows them.
      if (signal.aborted) return undefined;
      throw error;
    });
    if (!refusals) return;
    this.waitReason = '';
    this.counts.accepted += rows.length - refusals.length;
    for (const { index, reason } of refusals) this.recordRefusal(rows[index]?.line ?? 0, inImport(reason));
  }

  private recordRefusal(line: number, reason: string): void {
    this.counts.refused += 1;
    const lines = this.refusals.get(reason) ?? [];
    lines.push(line);
    this.refusals.set(reason, lines);
  }
}

/** The gateway's advice is for requests; this is what a person who imports a file can do. */
function inImport(reason: string): string {
  return reason
    .replaceAll('?precision=', '--precision ')
    .replaceAll(' and send the digits in quotes, because a JSON number cannot hold them', '')
    .replaceAll(
      'leave the timestamp out, and the gateway stamps the reading',
      'such a row has no time that could be stored',
    );
}
