import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import type { Precision } from '../model/precision.js';
import { BatchResultDto } from './batch-result.dto.js';
import { readBatch } from './body/batch-body.js';
import { ingestContextOf } from './ingest-context.js';
import { IngestService } from './ingest.service.js';
import { IngestedDto } from './ingested.dto.js';
import { LineMapping } from './line-protocol/mapping/line-mapping.js';
import { toLinesAnswer } from './line-protocol/partial-write.js';
import { readLines } from './line-protocol/read-lines.js';
import { invalidTimestamp } from './invalid-timestamp.js';
import type { ReadingDto } from './reading.dto.js';
import type { RecordRefusal } from './record-refusal.js';
import type { Verdicts } from './refusals.js';
import { SentTimes, toPrecision } from './sent-times.js';

/** Reads what the HTTP routes receive, has IngestService accept it, and makes each route's answer. */
@Injectable()
export class HttpIngestService {
  constructor(
    private readonly ingestService: IngestService,
    private readonly config: GatewayConfig,
    private readonly mapping: LineMapping,
  ) {}

  /** @throws GatewayError when the reading is not accepted */
  reading(dto: ReadingDto, request: FastifyRequest): Promise<IngestedDto> {
    const sentTimes = jsonTimesOf(request);
    const reading = dto.toReading(sentTimes);
    if (dto.timestamp !== undefined && reading.timestampUs === undefined)
      throw wrongUnit(dto.timestamp, sentTimes);
    return this.ingestService.accept([reading], {
      ...ingestContextOf(request),
      sentTimes,
      answer: ingestedOrRefused,
    });
  }

  /** @throws GatewayError when no record is accepted */
  async batch(body: unknown, request: FastifyRequest): Promise<BatchResultDto> {
    const sentTimes = jsonTimesOf(request);
    const { batchMaxRecords: maxRecords } = this.config.readings;
    const records = readBatch(body, { sentTimes, maxRecords, isWanted: () => isConnected(request) });
    // Only a long batch is a promise.
    return this.ingestService.accept(Array.isArray(records) ? records : await records, {
      ...ingestContextOf(request),
      sentTimes,
      answer: resultOrRefused,
    });
  }

  /**
   * @throws GatewayError INVALID_LINE_PROTOCOL when a line cannot be parsed: nothing was accepted then; PARTIAL_WRITE when
   *   points were refused: all others were accepted
   */
  async lines(body: unknown, precision: Precision, request: FastifyRequest): Promise<void> {
    const sentTimes = new SentTimes(precision, 'line protocol');
    const { batchMaxRecords: maxLines } = this.config.readings;
    const read = readLines(body, {
      sentTimes,
      maxLines,
      mapper: this.mapping.open(),
      isWanted: () => isConnected(request),
    });
    // Only a long body is a promise.
    const lines = read instanceof Promise ? await read : read;
    const { partialWrite } = await this.ingestService.accept(lines.submitted, {
      ...ingestContextOf(request),
      sentTimes,
      lineOf: (index) => lines.lineOf(index),
      answer: (verdicts) => toLinesAnswer(verdicts, lines),
    });
    if (partialWrite !== undefined) throw new GatewayError('PARTIAL_WRITE', partialWrite);
  }
}

/** Read here, not by a parameter decorator, for the reason of ingestContextOf(). */
function jsonTimesOf({ query }: FastifyRequest): SentTimes {
  return new SentTimes(toPrecision((query as { precision?: unknown }).precision, 'ms'));
}

function wrongUnit(timestamp: unknown, sentTimes: SentTimes): GatewayError {
  const message = invalidTimestamp(timestamp, sentTimes);
  return new GatewayError('INVALID_READING', message, { errors: [{ path: 'timestamp', message }] });
}

function isConnected(request: FastifyRequest): boolean {
  return !request.raw.socket.destroyed;
}

const NOTHING_SENT: RecordRefusal = {
  index: 0,
  code: 'INVALID_READING',
  path: '',
  message: 'The request holds no reading',
};

function ingestedOrRefused({ accepted: [reading], refusals }: Verdicts): IngestedDto {
  if (reading) return new IngestedDto(reading);
  const [{ code, path, message } = NOTHING_SENT] = refusals.named;
  throw new GatewayError(code, message, { errors: [{ path, message }] });
}

function resultOrRefused(verdicts: Verdicts): BatchResultDto {
  const result = new BatchResultDto(verdicts);
  if (!result.success) throw new BatchRefused(result, [...verdicts.refusals.byCode.keys()]);
  return result;
}

/** Every record was refused. The answer has the shape of a batch's result, not of an error. */
class BatchRefused extends GatewayError {
  constructor(
    private readonly result: BatchResultDto,
    codes: readonly RecordRefusal['code'][],
  ) {
    // A key that may send none of its sensors gets the same code as with a single reading.
    const isForbidden = codes.every((code) => code === 'SENSOR_NOT_ALLOWED');
    super(
      isForbidden ? 'SENSOR_NOT_ALLOWED' : 'INVALID_READING',
      `None of the ${result.refused} records can be accepted`,
    );
  }

  override body(): object {
    return this.result;
  }
}
