import type { ReadingStore } from '../../src/influx/reading-store.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';
import type { Reading } from '../../src/model/reading.js';

export const NOON = Date.UTC(2026, 0, 30, 12) * 1000;
export const FOREVER = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };

export const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** A reading of a sensor, so many seconds after noon. */
export const reading = (sensorId: string, second: number, fields: Partial<Reading> = {}): Reading => ({
  sensorId,
  zone: 'zone_A',
  value: second,
  latencyMs: 1,
  timestampUs: NOON + second * 1_000_000,
  ...fields,
});

/** What most tests of a store ask of it. */
export function callsOf(store: () => ReadingStore): {
  readonly write: (...readings: Reading[]) => Promise<void>;
  readonly latest: (sensorId: string) => Promise<Reading | undefined>;
  readonly all: (sensorId: string) => Promise<Reading[]>;
} {
  return {
    write: async (...readings) => {
      expect(await store().write(ReadingColumns.of(readings), signal())).toEqual([]);
    },
    latest: (sensorId) => store().latest(sensorId, signal()),
    all: (sensorId) => store().readings({ sensorId, ...FOREVER, limit: 10_000 }, signal()),
  };
}
