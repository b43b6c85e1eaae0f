import fc from 'fast-check';

import { addDelay, addGap, addPause, intervalMsOf, type Rhythm } from '../../src/registry/rhythm.js';

describe('how a sensor usually sends', () => {
  const newRhythm = (): Rhythm => ({ gapMs: 0, pauseMs: 0, gaps: 0, delayMs: undefined });
  const ofGaps = (gapsMs: readonly number[]): Rhythm => {
    const rhythm = newRhythm();
    let timeUs = 0;
    for (const gapMs of gapsMs) addGap(rhythm, timeUs, (timeUs += gapMs * 1000));
    return rhythm;
  };

  it('is unknown until four times between readings were seen', () => {
    expect(intervalMsOf(ofGaps([10, 10, 10]))).toBeUndefined();
    expect(intervalMsOf(ofGaps([10, 10, 10, 10]))).toBe(10);
  });

  it('stays between the shortest and the longest sample, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e15, noNaN: true }), { minLength: 4 }), (gapsMs) => {
        const intervalMs = intervalMsOf(ofGaps(gapsMs)) ?? NaN;
        expect(Number.isInteger(intervalMs)).toBe(true);
        expect(intervalMs).toBeGreaterThanOrEqual(Math.min(2 ** 31 - 1, ...gapsMs) * 0.99 - 1);
        expect(intervalMs).toBeLessThanOrEqual(Math.max(1, ...gapsMs) * 1.01 + 1);
      }),
    );
  });

  it('finds the usual time again after a wrong start, and keeps it through rare long pauses', () => {
    const gapsMs = [3_600_000, ...Array.from({ length: 200 }, (_, i) => (i % 20 === 7 ? 3_600_000 : 1_000))];
    const intervalMs = intervalMsOf(ofGaps(gapsMs)) ?? NaN;
    expect(intervalMs).toBeGreaterThanOrEqual(1_000);
    expect(intervalMs).toBeLessThan(1_200);
  });

  it('comes within a factor of two of the usual time after sixteen readings, whatever the first was', () => {
    for (const firstMs of [1, 30 * 86_400_000]) {
      const intervalMs = intervalMsOf(ofGaps([firstMs, ...Array.from({ length: 16 }, () => 60_000)])) ?? NaN;
      expect(intervalMs).toBeGreaterThan(30_000);
      expect(intervalMs).toBeLessThan(120_000);
    }
  });

  it('is the time between requests for a device that sends many readings at once', () => {
    const rhythm = ofGaps([1_000, 1_000, 1_000, 1_000]);
    for (const silentMs of [60_000, 0, 0, 60_000, 0, 0, 60_000]) addPause(rhythm, silentMs);
    expect(intervalMsOf(rhythm)).toBe(60_000);
  });

  it('has no delay below 0 for a device whose clock is ahead', () => {
    const rhythm = newRhythm();
    addDelay(rhythm, 5_000_000, 4_000);
    expect(rhythm.delayMs).toBe(0);
  });
});
