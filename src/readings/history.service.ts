import { Injectable } from '@nestjs/common';

import type { GatewayError } from '../common/errors/gateway-error.js';
import { Linked } from '../http/pagination/linked.js';
import { formatIdentifierList } from '../model/identifier-list.js';
import type { AnswerFormat } from './answer-format.js';
import type { HistoryQueryDto, RangeQueryDto, SeveralQueryDto } from './history-query.dto.js';
import { wrong } from './history-range.js';
import { type HistoryPage, HistoryReader } from './history-reader.js';
import { type ExportFormat, type ExportOptions, startExport } from './history-export.js';

/** Returns history in the format that the client asks for. */
@Injectable()
export class HistoryService {
  constructor(private readonly reader: HistoryReader) {}

  /** One sensor: an array, or a file. */
  async one(
    sensorId: string,
    query: HistoryQueryDto,
    format: AnswerFormat,
    clientGone: AbortSignal,
  ): Promise<Linked> {
    if (format === 'json') {
      const { sensors, next } = await this.reader.one(sensorId, query);
      return new Linked(sensors[0]?.items ?? [], next);
    }
    const options = exportOptions(query, format, `readings-${sensorId}`);
    if (query.limit === undefined)
      return new Linked(await startExport(options, this.reader.steps([sensorId], query, clientGone)));
    return limitedExport(options, await this.reader.one(sensorId, query));
  }

  /** Several sensors: an object from sensorId to array, or one file; of all sensors, only a file. */
  async several(
    { sensorId, ...query }: SeveralQueryDto,
    format: AnswerFormat,
    clientGone: AbortSignal,
  ): Promise<Linked> {
    const name = query.zone === undefined ? 'readings' : `readings-${query.zone}`;
    const options = format === 'json' ? undefined : exportOptions(query, format, name);
    if (options && query.limit === undefined)
      return new Linked(await startExport(options, this.reader.steps(sensorId, query, clientGone)));
    if (!sensorId) throw options ? limitForAll(query.limit) : noSensors();
    const page = await this.reader.several(sensorId, query);
    const next = page.next && { sensorId: formatIdentifierList(sensorId), ...page.next };
    if (options) return limitedExport(options, { ...page, next });
    return new Linked(Object.fromEntries(page.sensors.map(({ sensorId: id, items }) => [id, items])), next);
  }
}

async function limitedExport(options: ExportOptions, { sensors, next }: HistoryPage): Promise<Linked> {
  return new Linked(await startExport(options, sensors), next);
}

function exportOptions({ every, points }: RangeQueryDto, format: ExportFormat, name: string): ExportOptions {
  return { format, hasBuckets: every !== undefined || points !== undefined, name };
}

function noSensors(): GatewayError {
  return wrong(
    'sensorId',
    'sensorId is missing; name 1 to 100 sensors, or send Accept: text/csv or application/x-ndjson for all sensors, or for those of a zone',
  );
}

function limitForAll(limit: number | undefined): GatewayError {
  return wrong(
    'limit',
    `limit must be given together with sensorId, got ${limit}: all sensors have no pages`,
  );
}
