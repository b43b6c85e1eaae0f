import { Inject, Injectable } from '@nestjs/common';

import { GatewayConfig } from '../config/gateway-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ReadingStore } from '../influx/reading-store.js';
import { Page } from '../paging/page.js';
import type { Reading } from '../reading/reading.js';
import { formatTimestamp, parseTimestampText } from '../reading/timestamp.js';
import { readingCursor, type ReadingsQueryDto, toPosition } from './readings-query.dto.js';

const DAY_US = 86_400_000_000;

/** Gives readings back. */
@Injectable()
export class ReadingsService {
  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(ReadingStore) private readonly store: ReadingStore,
  ) {}

  /**
   * @returns one page of the sensor's readings, oldest first
   * @throws GatewayError INVALID_PARAMETER when from is after to
   * @throws StoreUnavailable
   */
  async history(sensorId: string, { from, to, limit, cursor }: ReadingsQueryDto): Promise<Page<Reading>> {
    const toUs = parseTimestampText(to) ?? Date.now() * 1000;
    const fromUs = parseTimestampText(from) ?? toUs - DAY_US;
    if (fromUs > toUs) {
      const message = `from must not be after to, got from ${formatTimestamp(fromUs)} and to ${formatTimestamp(toUs)}`;
      throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'from', message }] });
    }
    const after = cursor === undefined ? undefined : toPosition(cursor);
    const readings = await this.store.readings(
      { sensorId, fromUs, toUs, after, limit: limit + 1 },
      this.timeout(),
    );
    const items = readings.slice(0, limit);
    const last = items.at(-1);
    if (!last || readings.length <= limit) return new Page(items);
    // The range is spelled out, so that it stands still from page to page.
    return new Page(items, {
      from: formatTimestamp(fromUs),
      to: formatTimestamp(toUs),
      limit: String(limit),
      cursor: readingCursor(last),
    });
  }

  private timeout(): AbortSignal {
    return AbortSignal.timeout(this.config.storeTimeoutMs);
  }
}
