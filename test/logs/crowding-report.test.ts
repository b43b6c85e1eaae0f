import { type Crowding, CrowdingReport } from '../../src/logs/crowding-report.js';

interface Owner {
  readonly ruleId: string;
  readonly sensorId: string;
}

const MINUTE_MS = 60_000;
const FLAPPING: Owner = { ruleId: 'hot', sensorId: 'pump_7' };

describe('the report of what leaves the full log', () => {
  let nowMs: number;
  let untold: number;
  let report: CrowdingReport;

  beforeEach(() => {
    nowMs = 1_000;
    untold = 0;
    report = new CrowdingReport(100_000, () => nowMs);
  });

  const drop = (owner: Owner, count: number): void => {
    report.add(Array.from({ length: count }, () => owner));
    untold += count;
  };
  /** Lets time pass, and the report look every minute. @returns what it said */
  const pass = (minutes: number, each = (): void => undefined): Crowding[] => {
    const said: Crowding[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      each();
      const crowding = report.check(untold);
      if (crowding) {
        said.push(crowding);
        untold -= crowding.count;
      }
      nowMs += MINUTE_MS;
    }
    return said;
  };

  it('says nothing while nothing leaves', () => {
    expect(pass(3_000)).toEqual([]);
    expect(report.flush(untold)).toBeUndefined();
  });

  it('names after a minute the rule and sensor of most new entries, and what to do, then hourly', () => {
    const said = pass(125, () => {
      drop(FLAPPING, 700);
      drop({ ruleId: 'hot', sensorId: 'pump_8' }, 1);
    });
    expect(said.map(({ count }) => count)).toEqual([1_402, 42_060, 42_060]);
    expect(said[0]).toEqual({
      type: 'anomaly',
      sensorId: 'pump_7',
      message:
        'The system log is full (100,000 entries) and dropped 1,402 old entries within 1 min; ' +
        '1,400 new ones were about pump_7 by rule hot: if its value flaps, give the rule a hysteresis or forSeconds',
      count: 1_402,
    });
  });

  it('says once a day how many left when nobody has most', () => {
    let next = 0;
    const said = pass(2 * 24 * 60, () => {
      drop({ ruleId: 'hot', sensorId: `pump_${(next += 1)}` }, 1);
    });
    expect(said).toHaveLength(2);
    expect(said[0]).toEqual({
      type: 'normal',
      message: 'The system log is full (100,000 entries) and dropped 2 old entries within 1 min',
      count: 2,
    });
    expect(said[1]?.count).toBe(24 * 60);
  });

  it('takes few new entries for no flood, even if they are all of one', () => {
    const said = pass(2 * 24 * 60, () => {
      if (nowMs % (30 * MINUTE_MS) < MINUTE_MS) drop(FLAPPING, 1);
    });
    expect(said.map(({ type }) => type)).toEqual(['normal', 'normal']);
  });

  it('says at the end what it has not said, also of an earlier run', () => {
    untold = 1;
    expect(report.flush(untold)).toMatchObject({ type: 'normal', count: 1 });
  });
});
