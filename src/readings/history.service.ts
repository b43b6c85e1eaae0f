import { Injectable } from '@nestjs/common';

import { Linked } from '../http/pagination/linked.js';
import { formatIdentifierList } from '../model/identifier-list.js';
import type { AnswerFormat } from './answer-format.js';
import type { HistoryQueryDto, RangeQueryDto, SeveralQueryDto } from './history-query.dto.js';
import { type Answer, HistoryReader } from './history-reader.js';
import { startExport, type ExportOptions, type ExportFormat } from './history-export.js';

/** Gives history back in the format asked for. */
@Injectable()
export class HistoryService {
  constructor(private readonly reader: HistoryReader) {}

  /** One sensor: its array, or a file. */
  async one(sensorId: string, query: HistoryQueryDto, format: AnswerFormat): Promise<Linked> {
    if (format === 'json') {
      const { found, next } = await this.reader.one(sensorId, query);
      return new Linked(found[0]?.items ?? [], next);
    }
    const table = tableOf(query, format, `readings-${sensorId}`);
    if (query.limit === undefined) return this.wholeTable(table, [sensorId], query);
    return limitedTable(table, await this.reader.one(sensorId, query));
  }

  /** Several sensors: an object from sensorId to array, or a file of one after the other. */
  async several({ sensorId, ...query }: SeveralQueryDto, format: AnswerFormat): Promise<Linked> {
    const table = format === 'json' ? undefined : tableOf(query, format, 'readings');
    if (table && query.limit === undefined) return this.wholeTable(table, sensorId, query);
    const answer = await this.reader.several(sensorId, query);
    const next = answer.next && { sensorId: formatIdentifierList(sensorId), ...answer.next };
    if (table) return limitedTable(table, { ...answer, next });
    return new Linked(Object.fromEntries(answer.found.map(({ sensorId: id, items }) => [id, items])), next);
  }

  private async wholeTable(
    table: ExportOptions,
    sensorIds: readonly string[],
    query: HistoryQueryDto,
  ): Promise<Linked> {
    const gone = new AbortController();
    const steps = this.reader.steps(sensorIds, query, gone.signal);
    return new Linked(
      await startExport(table, steps, () => {
        gone.abort();
      }),
    );
  }
}

async function limitedTable(table: ExportOptions, { found, next }: Answer): Promise<Linked> {
  return new Linked(await startExport(table, found), next);
}

function tableOf({ every, points }: RangeQueryDto, format: ExportFormat, name: string): ExportOptions {
  return { format, ofBuckets: every !== undefined || points !== undefined, name };
}
