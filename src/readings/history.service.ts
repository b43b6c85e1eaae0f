import { Injectable } from '@nestjs/common';

import { Linked } from '../http/pagination/linked.js';
import { formatIdentifierList } from '../model/identifier-list.js';
import type { AnswerFormat } from './answer-format.js';
import type { HistoryQueryDto, RangeQueryDto, SeveralQueryDto } from './history-query.dto.js';
import { type HistoryPage, HistoryReader } from './history-reader.js';
import { type ExportFormat, type ExportOptions, startExport } from './history-export.js';

/** Returns history in the format that the client asks for. */
@Injectable()
export class HistoryService {
  constructor(private readonly reader: HistoryReader) {}

  /** One sensor: an array, or a file. */
  async one(sensorId: string, query: HistoryQueryDto, format: AnswerFormat): Promise<Linked> {
    if (format === 'json') {
      const { sensors, next } = await this.reader.one(sensorId, query);
      return new Linked(sensors[0]?.items ?? [], next);
    }
    const options = exportOptions(query, format, `readings-${sensorId}`);
    if (query.limit === undefined) return this.wholeExport(options, [sensorId], query);
    return limitedExport(options, await this.reader.one(sensorId, query));
  }

  /** Several sensors: an object from sensorId to array, or one file. */
  async several({ sensorId, ...query }: SeveralQueryDto, format: AnswerFormat): Promise<Linked> {
    const options = format === 'json' ? undefined : exportOptions(query, format, 'readings');
    if (options && query.limit === undefined) return this.wholeExport(options, sensorId, query);
    const page = await this.reader.several(sensorId, query);
    const next = page.next && { sensorId: formatIdentifierList(sensorId), ...page.next };
    if (options) return limitedExport(options, { ...page, next });
    return new Linked(Object.fromEntries(page.sensors.map(({ sensorId: id, items }) => [id, items])), next);
  }

  private async wholeExport(
    options: ExportOptions,
    sensorIds: readonly string[],
    query: HistoryQueryDto,
  ): Promise<Linked> {
    const disconnected = new AbortController();
    const steps = this.reader.steps(sensorIds, query, disconnected.signal);
    return new Linked(
      await startExport(options, steps, () => {
        disconnected.abort();
      }),
    );
  }
}

async function limitedExport(options: ExportOptions, { sensors, next }: HistoryPage): Promise<Linked> {
  return new Linked(await startExport(options, sensors), next);
}

function exportOptions({ every, points }: RangeQueryDto, format: ExportFormat, name: string): ExportOptions {
  return { format, hasBuckets: every !== undefined || points !== undefined, name };
}
