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
import { formatBucketSize } from './bucket-size.js';
import {
  type HistoryQueryDto,
  MAX_LIMIT,
  type RangeQueryDto,
  readingCursor,
  toPosition,
} from './history-query.dto.js';
import { type HistoryRange, historyRange } from './history-range.js';

const DEFAULT_LIMIT = 1_000;
/** Readings of one step of a stream: they and their text are all that is in memory, some megabytes. */
const STEP_READINGS = 5_000;
/** Items of all sensors in one JSON answer: about 25 MB. */
const MAX_TOGETHER = 200_000;
/** Sensors asked about at the same time. */
const SENSORS_AT_ONCE = 4;

export type HistoryItem = StoredReadingDto | BucketDto;

/** What was found of one sensor. */
export interface Found {
  readonly sensorId: string;
  readonly items: readonly HistoryItem[];
}

/** What was found, in the order the sensors were asked for. */
export interface Answer {
  readonly found: readonly Found[];
  /** The query parameters that go on where this answer ends. */
  readonly next?: Readonly<Record<string, string>>;
}

/** Reads history from the store: readings or buckets, whole answers or a stream of steps. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly config: GatewayConfig,
    private readonly store: ReadingStore,
  ) {}

  /**
   * One page of a sensor's readings, or its buckets.
   * @throws GatewayError INVALID_PARAMETER, StoreUnavailable
   */
  async one(sensorId: string, query: HistoryQueryDto): Promise<Answer> {
    const range = historyRange(query);
    if (range.everyUs !== undefined) return this.buckets([sensorId], range, range.everyUs, query.limit);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const after = query.cursor === undefined ? undefined : toPosition(query.cursor);
    const readings = await this.readings({ sensorId, ...range, after, limit: limit + 1 });
    const page = readings.slice(0, limit);
    const last = page.at(-1);
    const found = [{ sensorId, items: page.map((reading) => new StoredReadingDto(reading)) }];
    if (!last || readings.length <= limit) return { found };
    // The range is spelled out, so that it stands still from page to page.
    const next = { ...spell(range), limit: String(limit), cursor: readingCursor(last) };
    return { found, next };
  }

  /**
   * All readings of several sensors, or their buckets.
   * @throws GatewayError INVALID_PARAMETER, also when a sensor has more readings than the limit; StoreUnavailable
   */
  async several(sensorIds: readonly string[], query: RangeQueryDto): Promise<Answer> {
    const range = historyRange(query);
    if (range.everyUs !== undefined) return this.buckets(sensorIds, range, range.everyUs, query.limit);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = await this.ofEach(sensorIds, async (sensorId) => {
      const readings = await this.readings({ sensorId, ...range, limit: limit + 1 });
      if (readings.length > limit)
        throw tooMany(`sensor ${sensorId} has more than ${limit} readings in the range`);
      return readings;
    });
    return { found: found.map(([sensorId, readings]) => ({ sensorId, items: readings.map(toReadingDto) })) };
  }

  /**
   * The whole range of each sensor, one after the other, read as it is asked for.
   * @param signal ends what is under way
   * @throws GatewayError INVALID_PARAMETER, StoreUnavailable
   */
  async *steps(
    sensorIds: readonly string[],
    query: HistoryQueryDto,
    signal: AbortSignal,
  ): AsyncGenerator<Found> {
    const range = historyRange(query);
    for (const sensorId of sensorIds) {
      if (range.everyUs !== undefined) {
        const { everyUs } = range;
        const buckets = await this.storedBuckets({ sensorId, ...range, everyUs }, signal);
        yield { sensorId, items: buckets.map(toBucketDto) };
        continue;
      }
      let after = query.cursor === undefined ? undefined : toPosition(query.cursor);
      for (let more = true; more;) {
        const asked = { sensorId, ...range, after, limit: STEP_READINGS };
        const readings: Reading[] = await this.readings(asked, signal);
        yield { sensorId, items: readings.map(toReadingDto) };
        after = readings.at(-1);
        more = readings.length === STEP_READINGS;
      }
    }
  }

  private async buckets(
    sensorIds: readonly string[],
    range: HistoryRange,
    everyUs: number,
    limit: number | undefined,
  ): Promise<Answer> {
    const all = await this.ofEach(sensorIds, (sensorId) =>
      this.storedBuckets({ sensorId, ...range, everyUs }),
    );
    // All sensors end at one time, so that all go on there.
    const nextUs = Math.min(...all.map(([, buckets]) => buckets[limit ?? Infinity]?.startUs ?? Infinity));
    const found = all.map(([sensorId, buckets]) => ({
      sensorId,
      items: buckets.filter(({ startUs }) => startUs < nextUs).map(toBucketDto),
    }));
    if (nextUs === Infinity) return { found };
    const next = {
      ...spell({ ...range, fromUs: nextUs }),
      every: formatBucketSize(everyUs),
      limit: String(limit),
    };
    return { found, next };
  }

  /** Asks about each sensor, in order, a few at a time. */
  private async ofEach<T extends readonly (Reading | Bucket)[]>(
    sensorIds: readonly string[],
    ask: (sensorId: string) => Promise<T>,
  ): Promise<[sensorId: string, items: T][]> {
    const found: [string, T][] = [];
    let together = 0;
    for (let begin = 0; begin < sensorIds.length; begin += SENSORS_AT_ONCE) {
      const some = sensorIds.slice(begin, begin + SENSORS_AT_ONCE);
      const answers = await Promise.all(
        some.map(async (sensorId): Promise<[string, T]> => [sensorId, await ask(sensorId)]),
      );
      for (const answer of answers) {
        found.push(answer);
        together += answer[1].length;
      }
      if (together > MAX_TOGETHER)
        throw tooMany(
          `the sensors together have more than ${MAX_TOGETHER} entries, the most in one JSON answer`,
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
    const timeout = AbortSignal.timeout(this.config.storeTimeoutMs);
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  }
}

function toReadingDto(reading: Reading): StoredReadingDto {
  return new StoredReadingDto(reading);
}

function toBucketDto(bucket: Bucket): BucketDto {
  return new BucketDto(bucket);
}

function spell({ fromUs, toUs }: HistoryRange): { from: string; to: string } {
  return { from: formatTimestamp(fromUs), to: formatTimestamp(toUs) };
}

function tooMany(what: string): GatewayError {
  const message = `limit does not reach: ${what}. Ask for buckets with every or points, for a limit of up to ${MAX_LIMIT}, for text/csv or application/x-ndjson without a limit, or for one sensor page by page at /api/readings/{sensorId}`;
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'limit', message }] });
}
