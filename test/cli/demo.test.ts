import fc from 'fast-check';

import { Episodes } from '../../src/rules/anomaly/episodes.js';
import { SeasonalDetector } from '../../src/rules/anomaly/seasonal-detector.js';
import { makeFactory, type ScheduledSensor } from '../../src/cli/demo/factory.js';
import { Feed } from '../../src/cli/demo/feed.js';
import { History } from '../../src/cli/demo/history.js';
import { KINDS, type Kind } from '../../src/cli/demo/sensor-kinds.js';
import type { DemoReading } from '../../src/cli/demo/sensor.js';
import { isIdentifier } from '../../src/model/identifier.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-01-30T14:18:38.123Z');

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const times = fc.integer({ min: START_MS - 400 * 24 * HOUR_MS, max: START_MS + 400 * 24 * HOUR_MS });

function factory(options: Partial<Parameters<typeof makeFactory>[0]> = {}): ScheduledSensor[] {
  return makeFactory({ seed: 1, sensors: 36, rate: 24, startMs: START_MS, ...options });
}

function kindOf(sensorId: string): Kind {
  const [, kind] = Object.entries(KINDS).find(([name]) => sensorId.endsWith(name)) ?? [];
  if (!kind) throw new Error(`${sensorId} is of no kind`);
  return kind;
}

/** What one sensor sends from an hour before the start to three minutes after it. */
function beginning(sensorId: string, posts: readonly ScheduledSensor[], startMs: number): DemoReading[] {
  const one = posts.filter(({ sensor }) => sensor.sensorId === sensorId);
  return new Feed(one, () => startMs - HOUR_MS).until(startMs + 180_000);
}

/** Readings that come after newer ones of their sensor. */
function outOfOrder(readings: readonly DemoReading[]): DemoReading[] {
  const newest = new Map<string, number>();
  return readings.filter(({ sensorId, timestamp }) => {
    const before = newest.get(sensorId) ?? 0;
    newest.set(sensorId, timestamp);
    return timestamp <= before;
  });
}

describe("the demo's sensors", () => {
  it('show only values that such instruments can show, at any time and with any seed', () => {
    fc.assert(
      fc.property(seeds, times, times, (seed, startMs, timeMs) => {
        for (const { sensor } of factory({ seed, startMs })) {
          const reading = sensor.measure(timeMs);
          if (!reading) continue;
          const { min, max, step } = kindOf(sensor.sensorId);
          const { value, latencyMs, timestamp } = reading;
          const isInStep = Math.abs(value / step - Math.round(value / step)) < 1e-6;
          const isGood = value >= min && value <= max && isInStep && latencyMs > 0 && latencyMs < 30_000;
          expect([reading, isGood, timestamp]).toEqual([reading, true, timeMs]);
        }
      }),
    );
  });

  it('measure the same with the same seed, and something else with another', () => {
    fc.assert(
      fc.property(seeds, times, (seed, timeMs) => {
        const measured = (salt: number): unknown =>
          factory({ seed: salt }).map(({ sensor }) => sensor.measure(timeMs));
        expect(measured(seed)).toEqual(measured(seed));
        expect(measured(seed)).not.toEqual(measured(seed ^ 1));
      }),
    );
  });

  it('change slowly: a bearing by less than a degree from one reading to the next', () => {
    fc.assert(
      fc.property(seeds, times, (seed, fromMs) => {
        const bearing = factory({ seed }).filter(({ sensor }) => sensor.sensorId === 'pump_01_bearing_c');
        const values = new Feed(bearing, () => fromMs).until(fromMs + HOUR_MS).map(({ value }) => value);
        expect(values.length).toBeGreaterThan(1_500);
        const steps = values.slice(1).map((value, at) => Math.abs(value - (values[at] ?? NaN)));
        expect(Math.max(...steps)).toBeLessThan(1);
        expect(new Set(values).size).toBeGreaterThan(5);
      }),
      { numRuns: 10 },
    );
  });

  it('have unique names that the gateway accepts, up to 100,000 of them', () => {
    const posts = factory({ sensors: 100_000, rate: 5_000 });
    const names = new Set(posts.map(({ sensor }) => sensor.sensorId));
    const zones = new Set(posts.map(({ sensor }) => sensor.zone));
    expect(names.size).toBe(100_000);
    expect(zones.size).toBeLessThan(600);
    expect([...names, ...zones].filter((name) => !isIdentifier(name))).toEqual([]);
  });

  it.each([1, 5, 36, 1_000])('measure at the requested total rate, all %d together', (sensors) => {
    for (const rate of [sensors / 100, sensors / 10, sensors / 1.5, sensors * 3]) {
      const measured = factory({ sensors, rate }).reduce((sum, { cadenceMs }) => sum + 1_000 / cadenceMs, 0);
      expect(measured / rate).toBeGreaterThan(0.9);
      expect(measured / rate).toBeLessThan(1.1);
    }
  });

  it("send each reading once and each sensor's readings in order, however time is split", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(cuts, (steps) => {
        const endMs = START_MS + steps.reduce((sum, step) => sum + step, 0);
        const feed = new Feed(factory(), () => START_MS);
        let timeMs = START_MS;
        const sent = steps.flatMap((step) => feed.until((timeMs += step)));
        const whole = new Feed(factory(), () => START_MS).until(endMs);
        const key = ({ sensorId, timestamp }: DemoReading): string => `${sensorId} ${timestamp}`;
        expect(sent.map(key).sort()).toEqual(whole.map(key).sort());
        expect(outOfOrder(sent)).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  it('let a viewer see a critical, an anomaly and a silent sensor within three minutes', async () => {
    const check = async (seed: number, startMs: number): Promise<void> => {
      const posts = factory({ seed, startMs });
      const hot = beginning('pump_03_bearing_c', posts, startMs).filter(
        ({ value, timestamp }) => value > 80 && timestamp > startMs,
      );
      expect(hot.length).toBeGreaterThan(10);
      const sentMs = beginning('compressor_2_pressure_bar', posts, startMs).map(({ timestamp }) => timestamp);
      const gaps = sentMs.slice(1).map((time, at) => time - (sentMs[at] ?? 0));
      expect(Math.max(...gaps.slice(-60))).toBeGreaterThan(60_000);
      const [detector, episodes] = [new SeasonalDetector(), new Episodes(0.5)];
      const begun: number[] = [];
      for (const { value, timestamp } of beginning('mill_2_vibration_mm_s', posts, startMs)) {
        const [score = 0] = await detector.score([{ value, timestampUs: timestamp * 1_000 }]);
        if (episodes.step(score, timestamp * 1_000) === 'started') begun.push(timestamp - startMs);
      }
      expect(begun).toHaveLength(1);
      expect(begun[0]).toBeGreaterThan(0);
    };
    await fc.assert(fc.asyncProperty(seeds, times, check), { numRuns: 8 });
  });
});

describe("the demo's history", () => {
  const none = (): undefined => undefined;

  it('has what each sensor measured at its own interval, the oldest first', () => {
    const history = new History(factory(), HOUR_MS, START_MS, none);
    const readings = [...history.pieces()].flat();
    // The size that is announced includes what gets lost on the way.
    expect(readings.length / history.size).toBeGreaterThan(0.97);
    expect(readings.length / history.size).toBeLessThanOrEqual(1.01);
    const bearing = readings.filter(({ sensorId }) => sensorId === 'pump_03_bearing_c');
    expect(bearing).toHaveLength(2_400);
    expect(bearing[0]?.timestamp).toBeLessThan(START_MS - HOUR_MS + 1_500);
    expect(outOfOrder(readings)).toEqual([]);
  });

  it('is bounded, both for a long time and for many sensors', () => {
    const ofYear = new History(factory(), 366 * 24 * HOUR_MS, START_MS, none);
    expect([...ofYear.pieces()].flat().length).toBeLessThanOrEqual(36 * 3_000);
    const ofMany = new History(factory({ sensors: 10_000, rate: 2_000 }), HOUR_MS, START_MS, none);
    expect(ofMany.size).toBeLessThanOrEqual(430_000);
  });

  it('leaves out what the gateway has already', () => {
    const newestMs = START_MS - 60_000;
    const readings = [...new History(factory(), HOUR_MS, START_MS, () => newestMs).pieces()].flat();
    expect(readings.length).toBeGreaterThan(36 * 20);
    expect(readings.filter(({ timestamp }) => timestamp <= newestMs)).toEqual([]);
  });
});
