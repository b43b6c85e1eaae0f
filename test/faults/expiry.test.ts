import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';
import { Scrape } from '../support/metrics.js';
import { ShiftedClock } from '../support/shifted-clock.js';

const READINGS = 5_000;
const DAY_S = 86_400;
const DAY_MS = DAY_S * 1_000;
const TEN_YEARS_S = 3_650 * DAY_S;
const TO_1970_S = -Math.floor(Date.now() / 1_000) + 3_600;

describe('a clock that is wrong', () => {
  let clock: ShiftedClock;
  let variables: Record<string, string>;

  beforeEach(async () => {
    clock = await ShiftedClock.create();
    variables = { DATA_DIR: emptyFolder(), ...clock.variables };
  });

  const count = async (gateway: Gateway): Promise<number> => {
    const buckets = (await gateway.json('/api/readings/old?from=0&to=2100-01-01T00:00:00Z&every=1000w')) as {
      count: number;
    }[];
    return buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  };
  const removed = async (gateway: Gateway, what: string): Promise<number | undefined> =>
    (await Scrape.of(gateway)).value(`predictionx_${what}_removed_total`);
  const messages = async (gateway: Gateway): Promise<string[]> =>
    ((await gateway.json('/api/logs?limit=1000')) as { message: string }[]).map(({ message }) => message);

  it('deletes no readings and no log entries when it stands ten years ahead at the start', async () => {
    const retention = { READINGS_RETENTION: '30d', LOG_RETENTION: '30d' };
    let gateway = await Gateway.start(variables);
    // One every 6 minutes, for nearly 21 days.
    const nowMs = Date.now();
    const batch = Array.from({ length: READINGS }, (_, index) => ({
      sensorId: 'old',
      zone: 'z',
      value: index,
      latencyMs: 1,
      timestamp: nowMs - index * 360_000,
    }));
    expect((await gateway.post('/api/ingest/batch', batch)).status).toBe(200);
    await gateway.settled();
    await gateway.stop();

    clock.set(TEN_YEARS_S);
    gateway = await Gateway.start({ ...variables, ...retention });
    await sleep(20_000);
    expect(await count(gateway)).toBe(READINGS);
    expect(await removed(gateway, 'readings')).toBe(0);
    expect(await removed(gateway, 'log_entries')).toBe(0);
    expect(await messages(gateway)).toContain('The gateway stopped');

    // While it runs, the clock is set to 1970, and is then right again.
    for (const seconds of [TO_1970_S, 0]) {
      clock.set(seconds);
      await sleep(3_000);
      expect(await count(gateway)).toBe(READINGS);
    }
    await gateway.stop('SIGKILL');

    // Now the time is right. What is too old goes, and nothing else.
    gateway = await Gateway.start({ ...variables, READINGS_RETENTION: '10d' });
    const kept = batch.filter(({ timestamp }) => timestamp > nowMs - 10 * DAY_MS).length;
    await until(async () => ((await count(gateway)) <= kept ? true : undefined), 'old readings to go');
    expect(kept - (await count(gateway))).toBeLessThan(5);
    await until(
      async () => ((await removed(gateway, 'readings')) ?? 0) >= READINGS - kept || undefined,
      'them to be counted',
    );
    await gateway.stop();
    gateway = await Gateway.start(variables);
    expect(await messages(gateway)).toContainEqual(
      expect.stringMatching(/^READINGS_RETENTION \(10d\) removed 2\d{3} readings in the last \d min$/),
    );
    await gateway.stop();
  });

  it('lets no key expire, and no answer be forgotten, when it leaps', async () => {
    let gateway = await Gateway.start({ ...variables, ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    const expiresAt = new Date(Date.now() + 2 * DAY_MS).toISOString();
    const { id, key } = await makeKey(gateway, { name: 'pump', role: 'device', expiresAt });
    const rotated = (await (await gateway.post(`/api/keys/${id}/rotate`, {})).json()) as { key: string };
    const idempotencyKey = randomUUID();
    const send = async (): Promise<unknown> => {
      const reading = { sensorId: 'pump_1', zone: 'z', value: 1, latencyMs: 1 };
      const headers = { 'idempotency-key': idempotencyKey, authorization: `Bearer ${key}` };
      const response = await gateway.post('/api/ingest', reading, headers);
      return { status: response.status, body: await response.json() };
    };
    const first = await send();
    expect(first).toMatchObject({ status: 201 });
    const stateOf = async (): Promise<object | undefined> =>
      ((await gateway.json('/api/keys')) as { id: string; state: string }[]).find((one) => one.id === id);

    for (const seconds of [TEN_YEARS_S, -1_800, TO_1970_S, 0]) {
      clock.set(seconds);
      // More than the second that the gateway needs to see it.
      await sleep(2_000);
      expect([seconds, await send()]).toEqual([seconds, first]);
      expect(await stateOf()).toMatchObject({ state: 'active', expiresAt: expect.any(String) });
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ ...variables, ADMIN_KEY });
      gateway.key = ADMIN_KEY;
      expect([seconds, await send()]).toEqual([seconds, first]);
    }
    expect(await gateway.pipeline()).toMatchObject({ accepted: 1 });
    const headers = { authorization: `Bearer ${rotated.key}` };
    const reading = { sensorId: 'pump_1', zone: 'z', value: 2, latencyMs: 1 };
    expect((await gateway.post('/api/ingest', reading, headers)).status).toBe(201);
    await gateway.stop();
  });
});
