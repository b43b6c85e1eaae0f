import type { Reading } from '../../model/reading.js';
import type { Refusal } from '../gateway-client.js';
import { ImportFileError } from './import-file-error.js';
import type { Progress } from './import-state.js';
import { RefusalLog } from './refusal-log.js';
import { wordsForImport } from './refusal-words.js';
import type { RepeatCounter } from './repeat-counter.js';
import type { ReadingRow, Row } from './row.js';

/** What an Importer needs. */
export interface ImporterParts {
  readonly write: (readings: readonly Reading[]) => Promise<Refusal[]>;
  readonly repeats: RepeatCounter;
  /** Called when the gateway has acknowledged more rows. */
  readonly save: (progress: Progress) => void;
}

/** Sends the rows of a file to the gateway, batch by batch, and counts what happens to them. */
export class Importer {
  /** Rows read, with those that an earlier run sent. */
  rows = 0;
  accepted = 0;
  /** Rows that cannot be sent. */
  readonly unfit = new RefusalLog();
  /** Rows that the gateway refused. */
  readonly refused: RefusalLog;
  private readonly resumeAfter: number;
  /** Up to where everything is acknowledged. */
  private done: Pick<Progress, 'rows' | 'line'>;
  private batch: ReadingRow[] = [];
  private line = 0;

  /** @param earlier what an earlier run has sent; its rows are read and counted again, but not sent */
  constructor(
    private readonly parts: ImporterParts,
    private readonly batchSize: number,
    earlier?: Progress,
  ) {
    this.refused = new RefusalLog(earlier?.refused);
    this.accepted = earlier?.accepted ?? 0;
    this.resumeAfter = earlier?.rows ?? 0;
    this.done = earlier ?? { rows: 0, line: 0 };
  }

  /** Whether it still reads rows that an earlier run has sent. */
  get isSkipping(): boolean {
    return this.rows < this.resumeAfter;
  }

  get progress(): Progress {
    return { ...this.done, accepted: this.accepted, refused: this.refused.groups };
  }

  /**
   * Sends all readings in the order of the rows, because rules judge them in this order; of two rows with the same sensor, zone
   * and time, the later one wins. One request is in flight while the next batch is read.
   * @param signal ends the import after the request in flight
   * @throws GatewayClientError, ImportFileError; `progress` then tells up to where all is acknowledged. When the rest of the
   *   file cannot be read, the rows before are sent first
   */
  async run(rows: AsyncIterable<Row>, signal: AbortSignal): Promise<void> {
    let inFlight: Promise<unknown> = Promise.resolve();
    const sendBatch = async (): Promise<void> => {
      await inFlight;
      if (signal.aborted) return;
      inFlight = this.send(this.batch, { rows: this.rows, line: this.line });
      // Awaited before the next batch; until then a failure must not count as unhandled.
      inFlight.catch(() => undefined);
      this.batch = [];
    };
    try {
      for await (const row of rows) {
        if (signal.aborted) break;
        this.take(row);
        if (this.batch.length >= this.batchSize) await sendBatch();
      }
      await sendBatch();
    } catch (error) {
      if (error instanceof ImportFileError) await sendBatch();
      throw error;
    } finally {
      await inFlight;
    }
  }

  private take(row: Row): void {
    this.rows += 1;
    this.line = row.line;
    if ('problem' in row) this.unfit.add(row.line, row.problem);
    else if (this.rows > this.resumeAfter) this.batch.push(row);
    else this.parts.repeats.add(row.reading);
  }

  private async send(batch: readonly ReadingRow[], end: Pick<Progress, 'rows' | 'line'>): Promise<void> {
    const refusals = batch.length === 0 ? [] : await this.parts.write(batch.map(({ reading }) => reading));
    const reasons = new Map(refusals.map(({ index, reason }) => [index, reason]));
    batch.forEach(({ line, reading }, index) => {
      const reason = reasons.get(index);
      if (reason === undefined) this.parts.repeats.add(reading);
      else this.refused.add(line, wordsForImport(reason));
    });
    this.accepted += batch.length - reasons.size;
    this.done = end;
    this.parts.save(this.progress);
  }
}
