import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { type BucketRange, type ReadingRange, ReadingStore } from '../influx/reading-store.js';
import type { Bucket } from '../model/bucket.js';
import type { Reading } from '../model/reading.js';
import { StoredReadingDto } from '../model/stored-reading.dto.js';
import { formatTimestamp } from '../model/timestamp.js';
import { traceQuery } from '../influx/trace-query.js';
import { BucketDto } from './bucket.dto.js';
import {
  type HistoryQueryDto,
  MAX_LIMIT,
  readingCursor,
  type SeveralQueryDto,
  toPosition,
} from './history-query.dto.js';
import { type HistoryRange, historyRange } from './history-range.js';

const DEFAULT_LIMIT = 1_000;
/** Readings of one step of an export: only they and their text are in memory, some megabytes. */
const STEP_READINGS = 5_000;
/** The most items of all sensors in one JSON answer: about 25 MB. */
const MAX_ITEMS = 200_000;
/** Sensors that are queried at the same time. */
const SENSORS_AT_ONCE = 4;

export type HistoryItem = StoredReadingDto | BucketDto;

/** The readings or buckets of one sensor. */
export interface SensorHistory {
  readonly sensorId: string;
  readonly items: readonly HistoryItem[];
}

/** The history of sensors, in the order they were asked for. */
export interface HistoryPage {
  readonly sensors: readonly SensorHistory[];
  /** The query parameters of the next page. */
  readonly next?: Readonly<Record<string, string>>;
}

/** Reads history from the store: readings or buckets, in pages or in the steps of an export. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly config: GatewayConfig,
    private readonly store: ReadingStore,
  ) {}

  /**
   * One page of a sensor's readings or buckets.
   * @throws GatewayError INVALID_PARAMETER, StoreUnavailable
   */
  async one(sensorId: string, query: HistoryQueryDto): Promise<HistoryPage> {
    const range = await historyRange(query);
    if (range.buckets) return this.buckets([sensorId], range, range.buckets, query.limit);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const after = query.cursor === undefined ? undefined : toPosition(query.cursor);
    const readings = await this.readings({ sensorId, ...range, after, limit: limit + 1 });
    const page = readings.slice(0, limit);
    const last = page.at(-1);
    const sensors = [{ sensorId, items: page.map((reading) => new StoredReadingDto(reading)) }];
    if (!last || readings.length <= limit) return { sensors };
    // With absolute times, so that the range stays the same from page to page.
    const next = { ...toParameters(range), limit: String(limit), cursor: readingCursor(last) };
    return { sensors, next };
  }

  /**
   * All readings or buckets of several sensors.
   * @throws GatewayError INVALID_PARAMETER, also when a sensor has more readings than the limit; StoreUnavailable
   */
  async several(
    sensorIds: readonly string[],
    query: Omit<SeveralQueryDto, 'sensorId'>,
  ): Promise<HistoryPage> {
    const range = await historyRange(query);
    if (range.buckets) return this.buckets(sensorIds, range, range.buckets, query.limit);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await this.ofEach(sensorIds, async (sensorId) => {
      const readings = await this.readings({ sensorId, ...range, limit: limit + 1 });
      if (readings.length > limit)
        throw tooMany(`sensor ${sensorId} has more than ${limit} readings in the range`);
      return readings;
    });
    return {
      sensors: found.map(([sensorId, readings]) => ({ sensorId, items: readings.map(toReadingDto) })),
    };
  }

  /**
   * The whole range of each sensor, one sensor after the other; reads the next step when the caller asks for it.
   * @param sensorIds undefined for all sensors that have readings in the range
   * @param signal cancels the query in flight
   * @throws GatewayError INVALID_PARAMETER, StoreUnavailable
   */
  async *steps(
    sensorIds: readonly string[] | undefined,
    query: HistoryQueryDto & Omit<SeveralQueryDto, 'sensorId'>,
    signal: AbortSignal,
  ): AsyncGenerator<SensorHistory> {
    const { buckets: wanted, ...range } = await historyRange(query);
    for await (const sensorId of sensorIds ?? this.store.sensorIds(range, signal)) {
      if (wanted) {
        const buckets = await this.storedBuckets({ sensorId, ...range, ...wanted.spans }, signal);
        if (range.newestFirst) buckets.reverse();
        yield { sensorId, items: buckets.map(toBucketDto) };
        continue;
      }
      let after = query.cursor === undefined ? undefined : toPosition(query.cursor);
      for (let more = true; more;) {
        const page = { sensorId, ...range, after, limit: STEP_READINGS };
        const readings: Reading[] = await this.readings(page, signal);
        yield { sensorId, items: readings.map(toReadingDto) };
        after = readings.at(-1);
        more = readings.length === STEP_READINGS;
      }
    }
  }

  private async buckets(
    sensorIds: readonly string[],
    range: HistoryRange,
    { spans, parameters }: NonNullable<HistoryRange['buckets']>,
    limit = Infinity,
  ): Promise<HistoryPage> {
    const { fromUs, toUs, newestFirst } = range;
    const all = await this.ofEach(sensorIds, async (sensorId) => {
      const buckets = await this.storedBuckets({ sensorId, fromUs, toUs, ...spans });
      return newestFirst ? buckets.reverse() : buckets;
    });
    const direction = newestFirst ? -1 : 1;
    // All sensors end at the same time, where the next page begins.
    const nextPlace = Math.min(
      ...all.map(([, buckets]) => (buckets[limit]?.startUs ?? Infinity * direction) * direction),
    );
    const pages = all.map(([sensorId, buckets]) => ({
      sensorId,
      buckets: buckets.filter(({ startUs }) => startUs * direction < nextPlace),
    }));
    const sensors = pages.map(({ sensorId, buckets }) => ({ sensorId, items: buckets.map(toBucketDto) }));
    if (nextPlace === Infinity) return { sensors };
    const oldestUs = Math.min(...pages.map(({ buckets }) => buckets.at(-1)?.startUs ?? Infinity));
    const rest = newestFirst ? { ...range, toUs: oldestUs } : { ...range, fromUs: nextPlace };
    return { sensors, next: { ...toParameters(rest), ...parameters, limit: String(limit) } };
  }

  /** Queries each sensor, in order, a few at a time. */
  private async ofEach<T extends readonly (Reading | Bucket)[]>(
    sensorIds: readonly string[],
    ask: (sensorId: string) => Promise<T>,
  ): Promise<[sensorId: string, items: T][]> {
    const found: [string, T][] = [];
    let itemCount = 0;
    for (let begin = 0; begin < sensorIds.length; begin += SENSORS_AT_ONCE) {
      const some = sensorIds.slice(begin, begin + SENSORS_AT_ONCE);
      const answers = await Promise.all(
        some.map(async (sensorId): Promise<[string, T]> => [sensorId, await ask(sensorId)]),
      );
      for (const answer of answers) {
        found.push(answer);
        itemCount += answer[1].length;
      }
      if (itemCount > MAX_ITEMS)
        throw tooMany(
          `the sensors together have more than ${MAX_ITEMS} entries, the most in one JSON answer`,
        );
    }
    return found;
  }

  private readings(range: ReadingRange, signal?: AbortSignal): Promise<Reading[]> {
    return traceQuery(this.store, 'readings', () => this.store.readings(range, this.timeout(signal)));
  }

  private storedBuckets(range: BucketRange, signal?: AbortSignal): Promise<Bucket[]> {
    return traceQuery(this.store, 'buckets', () => this.store.buckets(range, this.timeout(signal)));
  }

  private timeout(signal?: AbortSignal): AbortSignal {
    const timeout = AbortSignal.timeout(this.config.store.timeoutMs);
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  }
}

function toReadingDto(reading: Reading): StoredReadingDto {
  return new StoredReadingDto(reading);
}

function toBucketDto(bucket: Bucket): BucketDto {
  return new BucketDto(bucket);
}

function toParameters({ fromUs, toUs, newestFirst }: HistoryRange): Readonly<Record<string, string>> {
  const range = { from: formatTimestamp(fromUs), to: formatTimestamp(toUs) };
  return newestFirst ? { ...range, order: 'desc' } : range;
}

function tooMany(what: string): GatewayError {
  const message = `limit is too small: ${what}. Ask for buckets with every or points, for a limit of up to ${MAX_LIMIT}, for text/csv or application/x-ndjson without a limit, or for one sensor page by page at /api/readings/{sensorId}`;
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'limit', message }] });
}
