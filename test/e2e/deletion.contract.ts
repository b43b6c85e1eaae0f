import { EventSource } from 'eventsource';

import { until } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';

const NOON = Date.UTC(2026, 0, 30, 12);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends DELETE /api/readings/{sensorId}. */
export async function deleteReadings(
  gateway: Gateway,
  sensorId: string,
  query: Record<string, string>,
): Promise<Answer> {
  const path = `/api/readings/${encodeURIComponent(sensorId)}?${new URLSearchParams(query).toString()}`;
  const response = await gateway.get(path, { method: 'DELETE' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** How readings are deleted, which does not depend on where they live. */
export function describeDeletionContract(start: () => Promise<Gateway>): void {
  let gateway: Gateway;
  let sensors = 0;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const newSensor = (name = 'pump'): string => `${name} ${(sensors += 1)}`;
  const at = (second: number): string => new Date(NOON + second * 1000).toISOString();
  const reading = (sensorId: string, second: number, zone = 'hall'): object => ({
    ...{ sensorId, zone, value: second, latencyMs: 1, timestamp: NOON + second * 1000 },
  });
  const send = async (...readings: object[]): Promise<void> => {
    const response = await gateway.post('/api/ingest/batch', readings);
    expect(await response.json()).toMatchObject({ accepted: readings.length });
  };
  const values = async (sensorId: string): Promise<unknown[]> => {
    const path = `/api/readings/${encodeURIComponent(sensorId)}?from=${NOON - 1e6}&to=${NOON + 1e6}`;
    return ((await gateway.json(path)) as { value: number }[]).map(({ value }) => value);
  };
  const latest = (sensorId: string): Promise<unknown> =>
    gateway.json(`/api/latest/${encodeURIComponent(sensorId)}`);

  it('deletes a range, its end not included, queued readings too, and counts', async () => {
    const [sensorId, other] = [newSensor(), newSensor()];
    await send(...[0, 1, 2, 3, 4].flatMap((second) => [reading(sensorId, second), reading(other, second)]));
    const { status, body } = await deleteReadings(gateway, sensorId, { from: at(1), to: at(3) });
    expect([status, body]).toEqual([
      200,
      {
        ...{ sensorId, from: '2026-01-30T12:00:01Z', to: '2026-01-30T12:00:03Z' },
        ...{ done: true, deleted: 2, deadLetters: 0 },
      },
    ]);
    expect(await values(sensorId)).toEqual([0, 3, 4]);
    expect(await values(other)).toEqual([0, 1, 2, 3, 4]);
    expect((await deleteReadings(gateway, sensorId, { from: at(1), to: at(3) })).body).toMatchObject({
      deleted: 0,
    });
    // What is accepted afterwards stays.
    await send(reading(sensorId, 2));
    await gateway.settled();
    expect(await values(sensorId)).toEqual([0, 2, 3, 4]);
    const { accepted, stored, queued, deadLettered } = await gateway.pipeline();
    expect(accepted).toBe(stored + queued + deadLettered);
  });

  it('changes latest to the newest reading that remains, with another ETag', async () => {
    const sensorId = newSensor();
    await send(...[0, 1, 2].map((second) => reading(sensorId, second)));
    const tag = async (): Promise<string | null> =>
      (await gateway.get('/api/latest?zone=hall')).headers.get('etag');
    const before = await tag();
    await deleteReadings(gateway, sensorId, { from: at(2), to: at(100) });
    expect(await latest(sensorId)).toMatchObject({ value: 1, found: true });
    expect(await tag()).not.toBe(before);
    // An older one leaves it as it is.
    const after = await tag();
    await deleteReadings(gateway, sensorId, { from: at(0), to: at(1) });
    expect(await latest(sensorId)).toMatchObject({ value: 1 });
    expect(await tag()).toBe(after);
  });

  it('deletes everything of a sensor only when asked to, and forgets it until its next reading', async () => {
    const sensorId = newSensor('quote " and \' , = %41 / ü');
    await send(...[0, 1].map((second) => reading(sensorId, second)));
    expect((await deleteReadings(gateway, sensorId, { all: 'true' })).body).toMatchObject({ deleted: 2 });
    expect(await values(sensorId)).toEqual([]);
    expect(await latest(sensorId)).toEqual({ sensorId, found: false });
    const known = (await gateway.json('/api/sensors?limit=1000')) as { sensorId: string }[];
    expect(known.map((sensor) => sensor.sensorId)).not.toContain(sensorId);
    await send(reading(sensorId, 0));
    expect(await latest(sensorId)).toMatchObject({ value: 0, found: true });
  });

  it('deletes only a zone', async () => {
    const sensorId = newSensor();
    await send(reading(sensorId, 0, 'hall'), reading(sensorId, 1, 'yard'), reading(sensorId, 2, 'hall'));
    const { body } = await deleteReadings(gateway, sensorId, { all: 'true', zone: 'hall' });
    expect(body).toMatchObject({ zone: 'hall', deleted: 2 });
    expect(await values(sensorId)).toEqual([1]);
    expect(await latest(sensorId)).toMatchObject({ zone: 'yard', value: 1 });
  });

  it.each([
    [{}, 'from is missing: a deletion needs both from and to, or all=true for all readings of the sensor'],
    [{ from: at(0) }, 'to is missing: a deletion needs both from and to, or all=true'],
    [{ to: at(0) }, 'from is missing'],
    [{ from: at(1), to: at(0) }, 'from must not be after to'],
    [{ from: at(0), to: at(0) }, 'to must be after from, because it is not included; both are'],
    [{ all: 'true', from: at(0) }, 'from must not be given together with all=true'],
    [{ all: 'true', to: at(0) }, 'to must not be given together with all=true'],
    [{ all: 'yes' }, 'all must be true, or left out, got "yes"'],
    [{ all: 'true', zone: '' }, 'zone must be'],
    [{ from: 'noon', to: at(0) }, 'from must be'],
  ])('refuses %j', async (query: Record<string, string>, message) => {
    const { status, body } = await deleteReadings(gateway, 'pump', query);
    expect([status, body.code, body.detail]).toEqual([
      400,
      'INVALID_PARAMETER',
      expect.stringContaining(message),
    ]);
  });

  it('refuses an Idempotency-Key, and deletes nothing then', async () => {
    const sensorId = newSensor();
    await send(reading(sensorId, 0));
    const path = `/api/readings/${encodeURIComponent(sensorId)}?all=true`;
    const headers = { 'idempotency-key': 'once' };
    const response = await gateway.get(path, { method: 'DELETE', headers });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({
        code: 'INVALID_PARAMETER',
        detail: expect.stringContaining('Idempotency-Key must be left out of a deletion'),
      }),
    ]);
    await gateway.settled();
    expect(await values(sensorId)).toEqual([0]);
  });

  it('brings nothing back when a request with an Idempotency-Key is repeated', async () => {
    const sensorId = newSensor();
    const headers = { 'idempotency-key': `key of ${sensorId}` };
    const first = await gateway.post('/api/ingest', reading(sensorId, 0), headers);
    const answer = await first.text();
    await deleteReadings(gateway, sensorId, { from: at(0), to: at(1) });
    const again = await gateway.post('/api/ingest', reading(sensorId, 0), headers);
    expect([again.status, await again.text()]).toEqual([201, answer]);
    await gateway.settled();
    expect(await values(sensorId)).toEqual([]);
  });

  it('says in the system log who deleted what', async () => {
    const sensorId = newSensor();
    await send(reading(sensorId, 0));
    await deleteReadings(gateway, sensorId, { from: at(0), to: at(1) });
    const entries = async (): Promise<unknown[] | undefined> => {
      const path = `/api/logs?sensorId=${encodeURIComponent(sensorId)}`;
      const found = (await gateway.json(path)) as { type: string; message: string }[];
      return found.length < 2 ? undefined : found.map(({ type, message }) => [type, message]);
    };
    const what = `of ${sensorId} from 2026-01-30T12:00:00Z to 2026-01-30T12:00:01Z`;
    expect(await until(entries, 'both entries')).toEqual([
      ['normal', `1 reading ${what} deleted`],
      ['normal', `Somebody without a key deletes readings ${what}`],
    ]);
  });

  it('lets rules judge the next reading as if the deleted ones had not been sent', async () => {
    const sensorId = newSensor();
    const rule = { name: 'Too hot', sensorId, kind: 'above', threshold: 80 };
    expect((await gateway.post('/api/rules', rule)).status).toBe(201);
    const hot = async (count: number): Promise<unknown> =>
      until(async () => {
        const path = `/api/logs?type=critical&sensorId=${encodeURIComponent(sensorId)}`;
        return ((await gateway.json(path)) as unknown[]).length === count ? true : undefined;
      }, `${count} events`);
    await send({ ...reading(sensorId, 10), value: 100 });
    await hot(1);
    await deleteReadings(gateway, sensorId, { from: at(10), to: at(11) });
    await send({ ...reading(sensorId, 1), value: 101 });
    await hot(2);
  });

  it('resets the streams that may have shown a deleted reading, live and on reconnecting', async () => {
    const [sensorId, other] = [newSensor(), newSensor()];
    await send(reading(other, 0));
    const opened: EventSource[] = [];
    const watch = (query: string, from = ''): { events: string[]; lastId: () => string } => {
      const source = new EventSource(`${gateway.url}/api/stream?${query}${from && `&lastEventId=${from}`}`);
      opened.push(source);
      const events: string[] = [];
      let id = '';
      for (const type of ['reading', 'reset'])
        source.addEventListener(type, (event) => {
          events.push(type);
          id = event.lastEventId;
        });
      return { events, lastId: () => id };
    };
    const [ofSensor, ofOther] = [watch(`sensorId=${sensorId}`), watch(`sensorId=${other}`)];
    await until(
      () => (opened.every(({ readyState }) => readyState === 1) ? true : undefined),
      'both streams',
    );
    await send(reading(sensorId, 0), reading(sensorId, 1), reading(other, 1));
    await until(
      () => (ofSensor.events.length === 2 && ofOther.events.length === 1 ? true : undefined),
      'readings',
    );
    const before = ofSensor.lastId();
    await deleteReadings(gateway, sensorId, { from: at(1), to: at(2) });
    // The snapshot follows: the newest reading that remains.
    await until(() => (ofSensor.events.length === 4 ? true : undefined), 'the reset');
    expect(ofSensor.events).toEqual(['reading', 'reading', 'reset', 'reading']);
    expect(ofOther.events).toEqual(['reading']);
    const again = watch(`sensorId=${sensorId}`, before);
    await until(() => (again.events.length > 0 ? true : undefined), 'the reset of the client that is back');
    expect(again.events[0]).toBe('reset');
    for (const source of opened) source.close();
  });
}
