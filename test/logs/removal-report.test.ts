import { RemovalReport } from '../../src/logs/removal-report.js';

const HOUR_MS = 3_600_000;

describe('the report of what a retention removed', () => {
  let nowMs: number;
  let removed: number;
  let said: string[];
  let report: RemovalReport;

  beforeEach(() => {
    nowMs = 1_000;
    removed = 0;
    said = [];
    const removal = {
      variable: 'READINGS_RETENTION',
      retentionMs: 30 * 24 * HOUR_MS,
      noun: 'readings',
      removed: () => removed,
    };
    report = new RemovalReport(
      removal,
      () => nowMs,
      (message) => said.push(message),
    );
  });

  /** Lets time pass, and the report look every minute. */
  const pass = (hours: number): void => {
    const endMs = nowMs + hours * HOUR_MS;
    while (nowMs < endMs) {
      nowMs += 60_000;
      report.check();
    }
  };

  it('says nothing while nothing is removed', () => {
    pass(50);
    report.flush();
    expect(said).toEqual([]);
  });

  it('speaks a minute after the first removal, then once a day about the day', () => {
    pass(10);
    removed = 2_000;
    report.check();
    removed = 5_000;
    expect(said).toEqual([]);
    pass(1);
    expect(said).toEqual(['READINGS_RETENTION (30d) removed 5000 readings in the last 1 min']);
    for (let hour = 0; hour < 24; hour += 1) {
      removed += 100;
      pass(1);
    }
    expect(said.slice(1)).toEqual(['READINGS_RETENTION (30d) removed 2400 readings in the last 24 h']);
    pass(48);
    expect(said).toHaveLength(2);
  });

  it('says at the end what it has not said yet, once', () => {
    removed = 3;
    report.check();
    nowMs += 10_000;
    report.flush();
    report.flush();
    expect(said).toEqual(['READINGS_RETENTION (30d) removed 3 readings in the last 1 min']);
  });
});
