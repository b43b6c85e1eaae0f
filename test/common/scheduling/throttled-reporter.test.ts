import { ThrottledReporter } from '../../../src/common/scheduling/throttled-reporter.js';
import { until } from '../../support/environment.js';

describe('what happens again and again', () => {
  const told: [what: string, count: number][] = [];
  const tellerOf = (atOnce: number, everyMs: number): ThrottledReporter<string> => {
    told.length = 0;
    return new ThrottledReporter<string>((what, count) => told.push([what, count]), {
      burst: atOnce,
      everyMs,
    });
  };

  it('is told at once a few times, then the newest with how many there were', async () => {
    const teller = tellerOf(2, 100);
    const begunMs = performance.now();
    for (const what of ['a', 'b', 'c', 'd', 'e']) teller.report(what);
    expect(told).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    await until(() => (told.length > 2 ? true : undefined), 'the third telling');
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(95);
    expect(told[2]).toEqual(['e', 3]);
  });

  it('is told at once again after a quiet time, and not more often than that time allows', async () => {
    const teller = tellerOf(1, 50);
    teller.report('a');
    const quietMs = performance.now() + 60;
    await until(() => (performance.now() >= quietMs ? true : undefined), 'a quiet time');
    teller.report('b');
    teller.report('c');
    expect(told).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    teller.flush();
  });

  it('is never told more often than once in its time, however long it goes on', async () => {
    const teller = tellerOf(2, 20);
    const begunMs = performance.now();
    await until(() => {
      teller.report('again');
      return performance.now() - begunMs > 300 ? true : undefined;
    }, 'the end');
    const elapsedMs = performance.now() - begunMs;
    teller.flush();
    expect(told.length).toBeGreaterThan(3);
    expect(told.length).toBeLessThanOrEqual(2 + elapsedMs / 20 + 1);
  });

  it('leaves nothing untold at the end, and tells nothing twice', () => {
    const teller = tellerOf(1, 3_600_000);
    for (const what of ['a', 'b', 'c']) teller.report(what);
    teller.flush();
    teller.flush();
    expect(told).toEqual([
      ['a', 1],
      ['c', 2],
    ]);
  });
});
