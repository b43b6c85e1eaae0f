import { MAX_NAMED } from '../../common/errors/answer-bounds.js';
import { GatewayError } from '../../common/errors/gateway-error.js';
import { formatValue } from '../../common/errors/format-value.js';
import { runSteps } from '../../common/scheduling/time-slices.js';
import { checkReading } from '../check-reading.js';
import type { Submitted } from '../record-refusal.js';
import type { SentTimes } from '../sent-times.js';
import { PlainBatch } from './plain-batch.js';

/** Records that are checked in one step, between two looks at the clock. */
const RECORDS_PER_STEP = 128;

/** How to read a batch. */
export interface BatchOptions {
  readonly sentTimes: SentTimes;
  readonly maxRecords: number;
  /** Returns false once the client has disconnected. */
  readonly isWanted?: () => boolean;
}

/**
 * Checks the records of a batch; a long batch is checked in time slices, and the result is a promise.
 * @param body an array, or a PlainBatch. Its records are replaced in place: the request would keep them in memory until its end
 * @returns each record as a reading, or why it is not one; only the first bad records get an explanation
 * @throws GatewayError INVALID_BATCH, BATCH_TOO_LARGE
 */
export function readBatch(
  body: unknown,
  { sentTimes, maxRecords, isWanted }: BatchOptions,
): Submitted[] | Promise<Submitted[]> {
  const isPlain = body instanceof PlainBatch;
  const records: unknown = isPlain ? body.records : body;
  if (!Array.isArray(records))
    throw new GatewayError('INVALID_BATCH', `A batch must be an array of readings, got ${formatValue(body)}`);
  if (records.length === 0)
    throw new GatewayError('INVALID_BATCH', 'A batch must hold at least one reading, got none');
  if (records.length > maxRecords) throw batchTooLarge(maxRecords, String(records.length));
  const checking = runSteps(new BatchCheck(records, isPlain, sentTimes), isWanted);
  return checking ? checking.then(() => records as Submitted[]) : (records as Submitted[]);
}

/** @param got how many records there are, as text */
export function batchTooLarge(maxRecords: number, got: string): GatewayError {
  const detail = `A batch must hold at most ${maxRecords} readings, got ${got}; send it in parts`;
  return new GatewayError('BATCH_TOO_LARGE', detail);
}

class BatchCheck {
  private index = 0;
  private explained = 0;

  constructor(
    private readonly records: unknown[],
    private readonly isPlain: boolean,
    private readonly sentTimes: SentTimes,
  ) {}

  step(): boolean {
    const { records, isPlain, sentTimes } = this;
    const end = Math.min(records.length, this.index + RECORDS_PER_STEP);
    for (; this.index < end; this.index += 1) {
      const record = records[this.index];
      if (isPlain && isReading(record)) continue;
      const checked = checkReading(record, sentTimes, this.explained < MAX_NAMED);
      if (!('sensorId' in checked)) this.explained += checked.length;
      records[this.index] = checked;
    }
    return end < records.length;
  }
}

/** Whether a record of a PlainBatch is a reading already. */
function isReading(record: unknown): boolean {
  return typeof record === 'object' && record !== null && 'timestampUs' in record;
}
