import { join } from 'node:path';

import Database from 'better-sqlite3';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { Influxd } from '../support/influxd.js';

const M = 'sensor_predictions';
const WEEK_US = 7 * 86_400_000_000;
/** Each week has a shard of its own, in which a field has a type of its own. */
const WEEKS_US = [0, 1, 2, 3].map((week) => Date.UTC(2026, 0, 7) * 1_000 + week * WEEK_US);

describe('predictionx migrate of a bucket that others wrote', () => {
  let influxd: Influxd;
  const state = { XDG_STATE_HOME: emptyFolder() };

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const migrate = (
    from: string,
    to: string,
    env: Record<string, string>,
    ...options: string[]
  ): Promise<{ code: number | null; output: string }> =>
    run('node', ['dist/cli/predictionx.js', 'migrate', '--from', from, '--to', to, ...options], {
      ...state,
      ...env,
    });

  /** Writes lines with times in nanoseconds to a new bucket. */
  const bucketWith = async (lines: readonly string[]): Promise<string> => {
    const bucket = await influxd.createBucket();
    const url = `${influxd.url}/api/v2/write?org=${influxd.org}&bucket=${bucket}`;
    const headers = { authorization: `Token ${influxd.token}` };
    for (const body of lines) {
      const { status } = await fetch(url, { method: 'POST', headers, body });
      expect([body, status]).toEqual([body, 204]);
    }
    return bucket;
  };

  it('names and counts all that it leaves out or changes, and ends with 1', async () => {
    const [week0 = 0, week1 = 0, week2 = 0, week3 = 0] = WEEKS_US;
    const bucket = await bucketWith([
      ...Array.from({ length: 15 }, (_, index) => `${M},sensor_id=fine,zone=A value=1 ${index * 100 + 5000}`),
      `${M},sensor_id=tagged,zone=A value=1,latency_ms=2 ${week0}000`,
      `${M},sensor_id=tagged,zone=A,host=h value=1,latency_ms=2,unit="K" ${week0}000`,
      `${M},sensor_id=late,zone=A value=1 9223372036854775806`,
      `${M},sensor_id=late,zone=A value=1 -9223372036854775806`,
      `${M},sensor_id=large,zone=A value=9007199254740993i ${week1}000`,
      `${M},sensor_id=large,zone=A value=-9223372036854775807i ${week1}001`,
      `${M},sensor_id=large,zone=A value=9007199254740994i ${week1 + 1}000`,
      `${M},sensor_id=large,zone=A value=1e300 ${week0}000`,
      `${M},sensor_id=large,zone=A value=18446744073709551615u ${week2}000`,
      `${M},sensor_id=text,zone=A value="warm",latency_ms=true ${week3}000`,
      `${M},sensor_id=text,zone=A value=1 ${week0}000`,
      `${M},sensor_id=idle,zone=A latency_ms=1 ${week0}000`,
      `${M},sensor_id=c\rr,zone=A value=1 ${week0}000`,
      `${M},sensor_id=\0,zone=A value=1 ${week0}000`,
      `${M},sensor_id=homeless value=1 ${week0}000`,
      `${M},zone=A value=1 ${week0}000`,
    ]);
    const folder = join(emptyFolder(), 'data');
    const env = influxd.variables(bucket);
    const expected = [
      'Not everything in the source is a reading that can be copied as it is. Keep the source:',
      '  "fine": 13 values at the zone and microsecond of another one, left out',
      '  "large": 1 values at the zone and microsecond of another one, left out',
      '  "large": 3 whole numbers that a 64-bit floating-point number cannot hold, rounded',
      '  "tagged": 1 values at the zone and microsecond of another one, left out',
      '  "tagged": 1 latencies at no copied value, left out',
      '  "text": 2 values or latencies that are text, true or false, left out',
      String.raw`  "\u0000": 1 values of a sensor whose name InfluxDB does not give back as it is, left out`,
      String.raw`  "c\rr": 1 values of a sensor whose name InfluxDB does not give back as it is, left out`,
      '  "idle": 1 latencies at no copied value, left out',
      '  "late": 2 values before 1684-07-28T00:12:25.259009Z or from 2255-06-05T23:47:34.740991Z on, left out',
      '  2 series without sensor_id or zone, left out',
      '  tag "host" of 1 series, left out of what is copied',
      '  field "unit" of 1 points, left out of what is copied',
    ];
    const { code, output } = await migrate('influxdb', `embedded:${folder}`, env);
    expect(output.trimEnd().split('\n').slice(-expected.length)).toEqual(expected);
    expect(output).toContain(': 0 missing in the target, 0 different;');
    expect(code).toBe(1);
  });

  it('tells of a carriage return in the name of a zone where all fields have one type', async () => {
    const env = influxd.variables(await bucketWith([`${M},sensor_id=s,zone=A\rb value=1 1000`]));
    const { code, output } = await migrate('influxdb', `embedded:${join(emptyFolder(), 'data')}`, env);
    expect(output).toMatch(
      /^ {2}"s": 1 values of a zone with a carriage return in its name, copied without/m,
    );
    expect(code).toBe(1);
  });

  it('keeps names as they are, and refuses those that InfluxDB cannot hold', async () => {
    const names = ['a\tb', 'a\\b', 'a\\,b', 'a\\ b', '\\=a', '\ta', 'a\t', '\u0085', '\u00a0x', '#a', '"'];
    const escape = (name: string): string => name.replace(/[,= ]/g, '\\$&');
    const lines = names.map((name) => `${M},sensor_id=${escape(name)},zone=${escape(name)} value=1 1000`);
    const env = influxd.variables(await bucketWith(lines));
    const folder = join(emptyFolder(), 'data');
    const to = await influxd.createBucket();
    for (const [from, target] of [
      ['influxdb', `embedded:${folder}`],
      [`embedded:${folder}`, `influxdb:${to}`],
    ] as const) {
      const { code, output } = await migrate(from, target, env);
      expect(output).toContain(`${names.length} readings of ${names.length} sensors compared: 0 missing`);
      expect(output).not.toContain('further');
      expect(code).toBe(0);
    }
    const db = new Database(join(folder, 'readings.db'));
    const found = db.prepare('SELECT sensor_id FROM sensors').pluck().all();
    expect(found.sort()).toEqual([...names].sort());
    const [tab, ...others] = ['ends with \\', 'two\nlines', 'two\r', '\0'];
    db.prepare('UPDATE sensors SET sensor_id = ? WHERE sensor_id = ?').run(tab, names[0]);
    for (const [index, name] of others.entries())
      db.prepare('UPDATE zones SET name = ? WHERE name = ?').run(name, names[index + 1]);
    db.close();
    const next = await influxd.createBucket();
    const { code, output } = await migrate(`embedded:${folder}`, `influxdb:${next}`, env);
    expect(output).toContain(`${names.length - 4} readings of ${names.length} sensors copied from`);
    expect(output).toMatch(/^4 further readings were refused by the target:$/m);
    expect(output).toMatch(
      /^ {2}"ends with \\\\": 1 refused \(syntax\), .*InfluxDB cannot hold a sensor or a zone whose name/m,
    );
    expect(output).toContain('4 missing in the target');
    expect(code).toBe(1);
  });

  it('says which token, bucket or option is wrong', async () => {
    const bucket = await influxd.createBucket();
    const other = await influxd.createBucket();
    const env = influxd.variables(bucket);
    const place = (name: string, host = '127.0.0.1', org = influxd.org): string =>
      `${influxd.url.replace('127.0.0.1', host)}/?org=${org}&bucket=${name}`;
    const tokens = { FROM_INFLUXDB_TOKEN: influxd.token, TO_INFLUXDB_TOKEN: influxd.token };
    const cases = [
      [['influxdb', `influxdb:${other}`, '--odd'], /^error: unknown option '--odd'/, {}],
      [['influxdb', `influxdb:${other}`], /: FROM_INFLUXDB_TOKEN may not/, { FROM_INFLUXDB_TOKEN: 'wrong' }],
      [
        ['influxdb:nope', 'influxdb'],
        new RegExp(`^error: bucket nope .* does not exist, or INFLUXDB_TOKEN may not read it\\. .*${bucket}`),
        {},
      ],
      [['influxdb', 'influxdb:nope'], /^error: bucket nope .* does not exist/, tokens],
      [['influxdb', place(bucket, 'localhost')], /^error: --from and --to are the same/, tokens],
    ] as const;
    // At the same time: each spends most of its time starting.
    const check = async ([options, pattern, variables]: (typeof cases)[number]): Promise<void> => {
      const [from, to, ...more] = options;
      const { code, output } = await migrate(from, to, { ...env, ...variables }, ...more);
      expect(output).toMatch(pattern);
      expect(output).not.toContain('INFLUXDB_BUCKET');
      expect(code).toBe(2);
    };
    await Promise.all(cases.map(check));
    const path = `${influxd.url}/api/v2/orgs?org=${influxd.org}`;
    const answer = await fetch(path, { headers: { authorization: `Token ${influxd.token}` } });
    const { orgs } = (await answer.json()) as { orgs: [{ id: string }] };
    const same = await migrate('influxdb', place(bucket, '127.0.0.1', orgs[0].id), env);
    expect(same).toEqual({ code: 2, output: expect.stringContaining('are the same bucket') });
  });
});
