import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { EmbeddedStore } from '../../src/influx/embedded/embedded-store.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';
import type { Reading } from '../../src/model/reading.js';
import { run } from '../support/child.js';
import { emptyFolder, fileOptions, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd, InfluxdProcess, onboard } from '../support/influxd.js';
import { MeasuredRun } from '../support/measured-run.js';

const IS_LONG = process.env.MIGRATE_LONG !== undefined;
const READINGS = Number(process.env.MIGRATE_READINGS ?? (IS_LONG ? 1_000_000 : 60_000));
/** A sensor has more readings than fit into a page, which are 10,000. */
const SENSORS = IS_LONG ? 30 : 2;
const START_US = Date.UTC(2026, 0, 1) * 1_000;
const MAX_RESIDENT_BYTES = 512 << 20;
const TIMEOUT_MS = IS_LONG ? 1_200_000 : 120_000;

/** Names that must be quoted somewhere, several zones, absent latencies, and times and numbers at their limits. */
const ODD: readonly Reading[] = [
  { sensorId: 'a b,c=d"é', zone: 'hall 1, "north"=x', value: -1.5, timestampUs: START_US },
  { sensorId: 'a b,c=d"é', zone: 'Halle ß', value: 5e-324, latencyMs: 0, timestampUs: START_US },
  { sensorId: 'a b,c=d"é', zone: 'z', value: 1.7976931348623157e308, timestampUs: START_US + 1 },
  { sensorId: 'before 1970', zone: 'z', value: 0.1 + 0.2, latencyMs: 0.1, timestampUs: -86_400_000_001 },
  { sensorId: 'before 1970', zone: 'z', value: 1, timestampUs: 7_000_000_000_000_001 },
];

function* readingsOf(count: number): Generator<Reading> {
  for (let index = 0; index < count; index += 1) {
    const reading = {
      sensorId: `sensor_${index % SENSORS}`,
      zone: index % 7 === 0 ? 'hall 2' : 'hall 1',
      value: (index % 1_000) / 8,
      timestampUs: START_US + Math.floor(index / SENSORS) * 1_000_003,
    };
    yield index % 3 === 0 ? reading : { ...reading, latencyMs: (index % 100) / 10 };
  }
}

/** A folder whose embedded store holds readings. */
async function folderWith(readings: Iterable<Reading>): Promise<string> {
  const folder = emptyFolder();
  const store = await EmbeddedStore.open(join(folder, 'readings.db'), fileOptions(folder));
  let batch = new ReadingColumns();
  const write = async (): Promise<void> => {
    await store.write(batch, AbortSignal.timeout(60_000));
    batch = new ReadingColumns();
  };
  for (const reading of readings) {
    batch.push(reading);
    if (batch.length === 10_000) await write();
  }
  await write();
  await store.close();
  return folder;
}

/** Everything that an embedded store holds, in order, read without the gateway's code. */
function* rowsOf(folder: string): Generator {
  const db = new Database(join(folder, 'readings.db'), { readonly: true });
  yield* db
    .prepare(
      `SELECT sensor_id, timestamp_us, name, value, latency_ms FROM readings JOIN sensors USING (sensor)
       JOIN zones USING (zone) ORDER BY sensor_id, timestamp_us, name`,
    )
    .raw()
    .iterate();
  db.close();
}

function expectSameRows(folder: string, other: string): number {
  let count = 0;
  const others = rowsOf(other);
  for (const row of rowsOf(folder)) {
    const { value } = others.next() as { value: unknown };
    if (JSON.stringify(row) !== JSON.stringify(value)) expect(value).toEqual(row);
    count += 1;
  }
  expect(others.next().done).toBe(true);
  return count;
}

const command = (from: string, to: string, ...options: string[]): string[] => [
  'dist/cli/predictionx.js',
  ...['migrate', '--from', from, '--to', to, ...options],
];

describe('predictionx migrate', () => {
  let influxd: Influxd;
  const state = { XDG_STATE_HOME: emptyFolder() };

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const variables = async (retentionSeconds = 0): Promise<Record<string, string>> => ({
    ...state,
    ...influxd.variables(await influxd.createBucket(retentionSeconds)),
  });

  /** How many readings the interrupted migration has copied, as it keeps it. */
  const copied = (): number => {
    const folder = join(state.XDG_STATE_HOME, 'predictionx', 'migrations');
    const [file] = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
    if (file === undefined) return 0;
    const { progress } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      progress: { readings: number };
    };
    return progress.readings;
  };

  /** Kills the command twice on its way. @returns the output of its third run */
  const killedTwice = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
    const startMs = performance.now();
    for (const share of [1 / 4, 1 / 2]) {
      const { child } = new MeasuredRun(args, env);
      await until(
        () => (copied() > READINGS * share ? true : undefined),
        `${share} to be copied: ${child.output}`,
        TIMEOUT_MS,
      );
      await child.kill('SIGKILL');
    }
    const last = new MeasuredRun(args, env);
    const { code } = await last.child.exited;
    const { output } = last.child;
    if (IS_LONG) {
      const seconds = Math.round((performance.now() - startMs) / 1000);
      console.log(`${seconds} s, ${Math.round(last.maxResidentBytes / (1 << 20))} MiB\n${output}`);
    }
    expect(last.maxResidentBytes).toBeGreaterThan(20 << 20);
    expect(last.maxResidentBytes).toBeLessThan(MAX_RESIDENT_BYTES);
    expect(output).toMatch(/^Goes on after [\d,]+ readings, /m);
    expect(output).toContain(': 0 missing in the target, 0 different; checksum ');
    expect(code).toBe(0);
    return output;
  };

  it(
    `moves ${READINGS} readings to InfluxDB and back, killed twice each way, and all are there`,
    async () => {
      const folder = await folderWith([...readingsOf(READINGS), ...ODD]);
      const env = await variables();
      const there = await killedTwice(command(`embedded:${folder}`, 'influxdb'), env);
      const [, checksum] = /checksum (\w{16}) in the source, \1 in the target/.exec(there) ?? [];
      expect(checksum).toBeDefined();

      const back = join(emptyFolder(), 'data');
      const output = await killedTwice(command('influxdb', `embedded:${back}`), env);
      expect(output).toContain(`checksum ${checksum} in the source, ${checksum} in the target`);
      expect(expectSameRows(folder, back)).toBe(READINGS + ODD.length);
    },
    TIMEOUT_MS,
  );

  if (IS_LONG) return;

  it('moves a bucket to another one, changes nothing when it runs again, and leaves what only the target has', async () => {
    const env = await variables();
    const to = await influxd.createBucket();
    const url = `${env.INFLUXDB_URL}/?org=${influxd.org}&bucket=${to}`;
    const line = 'sensor_predictions,sensor_id=s1,zone=z';
    await influxd.write(
      env.INFLUXDB_BUCKET ?? '',
      `${line} value=1,latency_ms=2 1000\n${line} value=-0 2000`,
    );
    await influxd.write(to, `${line} value=9 1500`);
    for (let time = 0; time < 2; time += 1) {
      const { code, output } = await run('node', command('influxdb', url), env);
      expect(output).toMatch(/^2 readings of 1 sensors copied from bucket/m);
      expect(output).toContain(': 0 missing in the target, 0 different; checksum ');
      expect(output).toContain('The target has 1 further readings of these sensors; they stay');
      expect(code).toBe(0);
    }
    const report = join(emptyFolder(), 'report.csv');
    const compared = await run('node', command(url, 'influxdb', '--compare', '--report', report), env);
    expect(compared.output).toMatch(
      /^ {2}"s1": 3 in the source \(\w{16}\), 2 of them in the target \(\w{16}\): 1 missing, 0 different; the first is zone "z", 1970-01-01T00:00:00.0015Z: missing$/m,
    );
    expect(compared.code).toBe(1);
    expect(readFileSync(report, 'utf8')).toMatch(/^"s1",3,\w{16},2,\w{16},1,0$/m);
  });

  it('names and counts readings that the target refuses, and moves the others', async () => {
    const nowUs = Date.now() * 1_000;
    const reading = { sensorId: 'old', zone: 'z', value: 1 };
    const timesUs = [START_US, START_US + 1, nowUs];
    const folder = await folderWith(timesUs.map((timestampUs) => ({ ...reading, timestampUs })));
    const place = `embedded:${folder}`;
    const late = await run('node', command(place, 'influxdb'), await variables(7 * 86_400));
    expect(late.output).toMatch(/^1 readings of 1 sensors copied from/m);
    expect(late.output).toMatch(/^2 further readings were refused by the target:$/m);
    expect(late.output).toMatch(
      /^ {2}"old": 2 refused \(retention\), 2026-01-01T00:00:00Z to 2026-01-01T00:00:00.000001Z: .*retention/m,
    );
    expect(late.output).toMatch(/^ {2}"old": 3 in the source .*, 1 of them in .*: 2 missing, 0 different/m);
    expect(late.code).toBe(1);

    const env = await variables();
    const text = `sensor_predictions,sensor_id=other,zone=z value="a" ${START_US}`;
    await influxd.write(env.INFLUXDB_BUCKET ?? '', text);
    const { code, output } = await run('node', command(place, 'influxdb'), env);
    expect(output).toMatch(/^ {2}"old": 2 refused \(type conflict\), .*type conflict/m);
    expect(code).toBe(1);
  });

  it('waits for InfluxDB when it goes away in the middle', async () => {
    const data = emptyFolder();
    const before = await InfluxdProcess.start(data);
    const { token, org, bucket } = await onboard(before.url);
    const folder = await folderWith(readingsOf(READINGS));
    const place = `${before.url}/?org=${org}&bucket=${bucket}`;
    const env = { ...state, INFLUXDB_TOKEN: token };
    const { child } = new MeasuredRun(command(`embedded:${folder}`, place), env);
    await until(() => (copied() > READINGS / 4 ? true : undefined), 'a part to be copied');
    await before.stop();
    await until(() => (child.output.includes('Trying again') ? true : undefined), 'it to wait');
    const after = await InfluxdProcess.start(data, before.port);
    const { code } = await child.exited;
    expect(child.output).toContain('Goes on: the store answers again');
    expect(child.output).toContain(': 0 missing in the target, 0 different; checksum ');
    expect(code).toBe(0);
    await after.discard();
  });

  it('says what is wrong before it moves anything', async () => {
    const env = await variables();
    const gateway = await Gateway.start();
    const refusal = async (
      args: readonly string[],
      changed: Record<string, string> = {},
    ): Promise<string> => {
      const { code, output } = await run('node', args, { ...env, ...changed });
      expect(code).toBe(2);
      return output;
    };
    expect(await refusal(command(`embedded:${gateway.dataDir}`, 'influxdb'))).toMatch(
      new RegExp(`^error: .* is in use by a gateway .*\\(process ${gateway.pid}, .*Stop the gateway first`),
    );
    await gateway.stop();
    const { dataDir } = gateway;
    const url = `http://reader:secret-word@127.0.0.1:1/?org=o&bucket=b`;
    const secret = await refusal(command('influxdb', url));
    expect(secret).toMatch(/^error: --to must not hold a user or password/);
    expect(secret).not.toContain('secret-word');
    const absent = command('embedded:/nowhere', 'influxdb');
    expect(await refusal(absent)).toMatch(/^error: .* does not exist: \/nowhere\/readings.db is missing$/m);
    const same = command('influxdb', 'influxdb');
    expect(await refusal(same)).toMatch(/^error: --from and --to are the same: bucket /);
    const args = command(`embedded:${dataDir}`, 'influxdb');
    expect(await refusal(args, { INFLUXDB_TOKEN: 'wrong-word' })).toMatch(/^error: bucket .*INFLUXDB_TOKEN/m);
    const missing = await refusal(command(`embedded:${dataDir}`, 'influxdb:absent'));
    expect(missing).toMatch(/^error: bucket absent .* does not exist, or INFLUXDB_TOKEN may not read it/m);
  });

  it('takes tokens of both sides from files; that of the source need not write, also when its fields changed their type', async () => {
    const env = await variables();
    const lines = [
      'sensor_predictions,sensor_id=s1,zone=z value=1 1000',
      `sensor_predictions,sensor_id=s2,zone=z value=3i ${START_US}`,
      `sensor_predictions,sensor_id=homeless value=3i ${START_US}`,
    ];
    await influxd.write(env.INFLUXDB_BUCKET ?? '', lines.join('\n'));
    const file = join(emptyFolder(), 'token');
    writeFileSync(file, `${influxd.token}\n`);
    const place = (bucket: string): string => `${influxd.url}/?org=${influxd.org}&bucket=${bucket}`;
    const args = command(place(env.INFLUXDB_BUCKET ?? ''), place(await influxd.createBucket()));
    const reading = join(emptyFolder(), 'token');
    writeFileSync(reading, await influxd.createToken(env.INFLUXDB_BUCKET ?? '', 'read'));
    const tokens = { FROM_INFLUXDB_TOKEN_FILE: reading, TO_INFLUXDB_TOKEN_FILE: file };
    const { code, output } = await run('node', args, { ...state, ...tokens });
    expect(output).toContain('2 readings of 2 sensors copied');
    expect(output).toMatch(/^ {2}1 series without sensor_id or zone, left out$/m);
    expect(code).toBe(1);
  });
});
