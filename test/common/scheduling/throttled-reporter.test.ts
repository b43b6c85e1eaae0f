import { ThrottledReporter } from '../../../src/common/scheduling/throttled-reporter.js';
import { until } from '../../support/environment.js';

describe('ThrottledReporter', () => {
  const reports: [what: string, count: number][] = [];
  const reporterOf = (atOnce: number, everyMs: number): ThrottledReporter<string> => {
    reports.length = 0;
    return new ThrottledReporter<string>((what, count) => reports.push([what, count]), {
      burst: atOnce,
      everyMs,
    });
  };

  it('reports the first few at once, then only the newest with the number of all since', async () => {
    const reporter = reporterOf(2, 100);
    const begunMs = performance.now();
    for (const what of ['a', 'b', 'c', 'd', 'e']) reporter.report(what);
    expect(reports).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    await until(() => (reports.length > 2 ? true : undefined), 'the third report');
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(95);
    expect(reports[2]).toEqual(['e', 3]);
  });

  it('reports at once again after a quiet time, but only as often as that time allows', async () => {
    const reporter = reporterOf(1, 50);
    reporter.report('a');
    const quietMs = performance.now() + 60;
    await until(() => (performance.now() >= quietMs ? true : undefined), 'a quiet time');
    reporter.report('b');
    reporter.report('c');
    expect(reports).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    reporter.flush();
  });

  it('reports at most once per interval, however long events go on', async () => {
    const reporter = reporterOf(2, 20);
    const begunMs = performance.now();
    await until(() => {
      reporter.report('again');
      return performance.now() - begunMs > 300 ? true : undefined;
    }, 'the end');
    const elapsedMs = performance.now() - begunMs;
    reporter.flush();
    expect(reports.length).toBeGreaterThan(3);
    expect(reports.length).toBeLessThanOrEqual(2 + elapsedMs / 20 + 1);
  });

  it('reports on flush() what is left, and nothing twice', () => {
    const reporter = reporterOf(1, 3_600_000);
    for (const what of ['a', 'b', 'c']) reporter.report(what);
    reporter.flush();
    reporter.flush();
    expect(reports).toEqual([
      ['a', 1],
      ['c', 2],
    ]);
  });
});
