import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';

const TOLD = /Readings go to .* from now on/;

describe('a gateway whose store is changed', () => {
  let influxd: Influxd;
  let gateway: Gateway;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterEach(() => gateway.stop());
  afterAll(() => influxd.stop());

  const newBucket = async (): Promise<Record<string, string>> =>
    influxd.variables(await influxd.createBucket());
  const start = async (dataDir: string, store: Record<string, string> = {}): Promise<Gateway> => {
    gateway = await Gateway.start({ DATA_DIR: dataDir, ...store });
    return gateway;
  };
  const send = async (sensorId: string, value = 1): Promise<void> => {
    const response = await gateway.post('/api/ingest', { sensorId, zone: 'z', value, latencyMs: 1 });
    expect(response.status).toBe(201);
  };
  /** Asks for all, not for one: the gateway asks the store about one that it does not know. */
  const latest = async (): Promise<Record<string, number>> => {
    const readings = (await gateway.json('/api/latest')) as { sensorId: string; value: number }[];
    return Object.fromEntries(readings.map(({ sensorId, value }) => [sensorId, value]));
  };
  const latestToBe = (expected: Record<string, number>): Promise<unknown> =>
    until(
      async () => (JSON.stringify(await latest()) === JSON.stringify(expected) ? true : undefined),
      `the latest to be ${JSON.stringify(expected)}`,
    );
  const logged = async (pattern: RegExp): Promise<string[]> => {
    const events = (await gateway.json('/api/logs?limit=1000')) as { type: string; message: string }[];
    return events.filter(({ message }) => pattern.test(message)).map(({ message }) => message);
  };
  const bucketIdOf = (dataDir: string): unknown => {
    const db = new Database(join(dataDir, 'state.db'), { readonly: true });
    const [row] = db.prepare('SELECT bucket_id AS id FROM stores WHERE is_current = 1').all() as {
      id: unknown;
    }[];
    db.close();
    return row?.id;
  };

  it('says once what the other store holds, and knows the sensors of the present one, back and forth', async () => {
    const dataDir = emptyFolder();
    const store = await newBucket();
    await influxd.write(
      store.INFLUXDB_BUCKET ?? '',
      'sensor_predictions,sensor_id=there,zone=z value=7 1000',
    );
    await start(dataDir);
    for (const sensor of ['a', 'b', 'a']) await send(sensor);
    expect(gateway.output).not.toMatch(TOLD);
    await gateway.stop();

    await start(dataDir, store);
    const message = /Readings go to bucket \S+ of InfluxDB from now on; the embedded store holds 3 readings/;
    await gateway.waitForOutput(
      new RegExp(
        `${message.source}. To bring them along: predictionx migrate --from embedded --to influxdb `,
      ),
    );
    await until(async () => ((await logged(message)).length === 1 ? true : undefined), 'an entry of the log');
    await latestToBe({ there: 7 });
    await send('c', 3);
    await gateway.settled();
    await gateway.stop();

    await start(dataDir, store);
    await latestToBe({ c: 3, there: 7 });
    expect(gateway.output).not.toMatch(TOLD);
    await gateway.stop();

    await start(dataDir);
    await gateway.waitForOutput(
      /Readings go to the embedded store from now on; bucket \S+ of InfluxDB holds what was written to it before, 1 reading. To bring them along: predictionx migrate --from 'http:\S+\/\?org=tests&bucket=\S+' --to embedded /,
    );
    await latestToBe({ a: 1, b: 1 });
    const [entry = ''] = await logged(/bucket \S+ of InfluxDB holds/);
    expect(entry).not.toContain('http');
    await gateway.stop();

    // What migrate brings along is known after the next start.
    const from = `${influxd.url}/?org=${influxd.org}&bucket=${store.INFLUXDB_BUCKET}`;
    const args = ['dist/cli/predictionx.js', 'migrate', '--from', from, '--to', `embedded:${dataDir}`];
    const variables = { XDG_STATE_HOME: emptyFolder(), FROM_INFLUXDB_TOKEN: influxd.token };
    expect((await run('node', args, variables)).code).toBe(0);
    await start(dataDir);
    await latestToBe({ a: 1, b: 1, c: 3, there: 7 });
  });

  it('writes what is queued to the new store, knows its sensors, and keeps dead letters', async () => {
    const dataDir = emptyFolder();
    const store = await newBucket();
    const typed = `sensor_predictions,sensor_id=odd,zone=z value="text" ${Date.now() * 1_000}`;
    await influxd.write(store.INFLUXDB_BUCKET ?? '', typed);
    await start(dataDir, store);
    await send('refused');
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ deadLettered: 1, queued: 0 });
    await gateway.stop();

    await start(dataDir, { ...store, INFLUXDB_URL: 'http://127.0.0.1:1' });
    await send('queued', 5);
    expect(await gateway.pipeline()).toMatchObject({ deadLettered: 1, queued: 1 });
    const deletion = await gateway.get('/api/readings/elsewhere?all=true', { method: 'DELETE' });
    expect(deletion.status).toBe(202);
    await gateway.stop('SIGKILL');

    await start(dataDir);
    await gateway.settled();
    await latestToBe({ queued: 5 });
    expect(await gateway.json('/api/sensors')).toMatchObject([{ sensorId: 'queued' }]);
    expect(await gateway.json('/api/readings/queued')).toMatchObject([{ value: 5 }]);
    expect(await gateway.pipeline()).toMatchObject({ accepted: 2, stored: 1, deadLettered: 1, queued: 0 });
    expect(await logged(/of elsewhere /)).toEqual([
      expect.stringMatching(/^0 readings of elsewhere .* deleted$/),
      expect.stringMatching(/carried out in the present one alone: readings of elsewhere /),
      expect.stringMatching(/^Somebody without a key deletes readings of elsewhere /),
    ]);
  });

  it('takes a bucket for the same one under another URL or token', async () => {
    const dataDir = emptyFolder();
    const store = await newBucket();
    await start(dataDir, store);
    await send('a');
    await gateway.settled();
    await until(() => bucketIdOf(dataDir) ?? undefined, 'the id of the bucket to be known');
    await gateway.stop();
    const other = { INFLUXDB_URL: influxd.url.replace('127.0.0.1', 'localhost') };
    await start(dataDir, { ...store, ...other });
    expect(await latest()).toEqual({ a: 1 });
    await gateway.stop();
    await start(dataDir, { ...store, ...other, INFLUXDB_TOKEN: 'another' });
    expect(await latest()).toEqual({ a: 1 });
    expect(await logged(TOLD)).toEqual([]);
  });

  it('assumes the present store where an earlier version did not remember one', async () => {
    const dataDir = emptyFolder();
    await start(dataDir);
    await send('a');
    await gateway.settled();
    await gateway.stop();
    const db = new Database(join(dataDir, 'state.db'));
    db.exec(`ALTER TABLE sensors DROP COLUMN ignored_us; ALTER TABLE forgotten DROP COLUMN ignored_us;
      DROP TABLE stores; DROP TABLE deletions; DROP TABLE ended_deletions; PRAGMA user_version = 7`);
    db.close();
    await start(dataDir, await newBucket());
    expect(await latest()).toEqual({ a: 1 });
    expect(await logged(TOLD)).toEqual([]);
  });

  it('is right after kills in the middle of changes', async () => {
    const dataDir = emptyFolder();
    const store = await newBucket();
    await start(dataDir);
    await send('here', 1);
    await gateway.settled();
    await gateway.stop();
    const outputs: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const variables = round % 2 === 0 ? store : {};
      const killed = Gateway.launch({ DATA_DIR: dataDir, ...variables });
      await sleep(500 + round * 150);
      await killed.stop('SIGKILL');
      outputs.push(killed.output);
    }
    await start(dataDir, store);
    await latestToBe({});
    await until(
      () => (TOLD.test(outputs.join('') + gateway.output) ? true : undefined),
      'the change to be told by one of the starts',
    );
    await send('there', 2);
    await gateway.settled();
    await gateway.stop();
    await start(dataDir);
    await latestToBe({ here: 1 });
    expect(await gateway.pipeline()).toMatchObject({ accepted: 2, stored: 2, queued: 0 });
  });
});
