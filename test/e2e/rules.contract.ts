import { until } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';

interface Entry {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly message: string;
  readonly sensorId?: string;
  readonly zone?: string;
  readonly value?: number;
  readonly ruleId?: string;
}

interface RuleAnswer {
  readonly id: string;
  readonly name: string;
  readonly since: string;
}

const BEGIN_MS = Date.UTC(2026, 0, 30);

/** Rules, and trying them on history, which does not depend on where readings live. */
export function describeRulesContract(start: (variables?: Record<string, string>) => Promise<Gateway>): void {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await start();
  });
  afterEach(async () => {
    await gateway.stop();
  });

  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    gateway.get(path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  const make = async (rule: object): Promise<RuleAnswer> => {
    const response = await call('POST', '/api/rules', rule);
    const answer = (await response.json()) as RuleAnswer;
    expect([response.status, answer]).toEqual([201, expect.objectContaining(rule)]);
    return answer;
  };
  const attempt = async (trial: object): Promise<Entry[]> => {
    const response = await call('POST', '/api/rules/try', trial);
    expect(response.status).toBe(200);
    return (await response.json()) as Entry[];
  };
  const send = async (
    values: readonly number[],
    more: { sensorId?: string; beginMs?: number } = {},
  ): Promise<void> => {
    const { sensorId = 's', beginMs = BEGIN_MS } = more;
    const readings = values.map((value, i) => ({
      sensorId,
      zone: 'hall',
      value,
      latencyMs: 1,
      timestamp: beginMs + i * 1_000,
    }));
    const response = await gateway.post('/api/ingest/batch', readings);
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  };
  const logs = async (query = ''): Promise<Entry[]> => (await gateway.json(`/api/logs${query}`)) as Entry[];
  const untilLogged = (count: number, query: string, withinMs?: number): Promise<Entry[]> =>
    until(
      async () => {
        const entries = await logs(query);
        return entries.length >= count ? entries : undefined;
      },
      `${count} entries of ${query}`,
      withinMs,
    );
  /** Kind and second of entries, oldest first. */
  const inShort = (entries: readonly Entry[]): [string, number][] =>
    entries
      .map(({ type, time }): [string, number] => [type, (Date.parse(time) - BEGIN_MS) / 1_000])
      .reverse();

  it('are created, listed, replaced and deleted', async () => {
    expect(await gateway.json('/api/rules')).toEqual([]);
    const hot = await make({
      name: 'Too hot',
      kind: 'above',
      threshold: 80,
      hysteresis: 2,
      forSeconds: 30,
      zone: 'hall',
    });
    expect(Object.keys(hot)).toEqual([
      'id',
      'name',
      'zone',
      'kind',
      'threshold',
      'hysteresis',
      'forSeconds',
      'since',
    ]);
    const [cold, fast, gone, odd] = [
      await make({ kind: 'below', threshold: -5.5, sensorId: 's' }),
      await make({ kind: 'rate', perSecond: 0.25 }),
      await make({ kind: 'silent', afterSeconds: 60 }),
      await make({ kind: 'anomaly' }),
    ];
    expect([cold, odd]).toMatchObject([
      { name: 'below -5.5', hysteresis: 0, forSeconds: 0 },
      { name: 'unusual values', sensitivity: 0.5 },
    ]);
    const all = await gateway.json('/api/rules');
    expect(all).toEqual([hot, cold, fast, gone, odd].sort((a, b) => (a.name < b.name ? -1 : 1)));
    expect(await gateway.json(`/api/rules/${hot.id}`)).toEqual(hot);

    const renamed = await call('PUT', `/api/rules/${hot.id}`, { ...hot, name: 'Hot' });
    expect([renamed.status, await renamed.json()]).toEqual([200, { ...hot, name: 'Hot' }]);
    const other = await call('PUT', `/api/rules/${hot.id}`, { kind: 'silent', afterSeconds: 1.5 });
    const replaced = (await other.json()) as RuleAnswer;
    expect([other.status, Object.keys(replaced)]).toEqual([
      200,
      ['id', 'name', 'kind', 'afterSeconds', 'since'],
    ]);
    expect(Date.parse(replaced.since)).toBeGreaterThan(Date.parse(hot.since));

    const gonePath = `/api/rules/${gone.id}`;
    expect((await call('DELETE', gonePath)).status).toBe(204);
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const response = await call(method, gonePath, method === 'PUT' ? { kind: 'anomaly' } : undefined);
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'RULE_NOT_FOUND' }]);
    }
    const before = await gateway.json('/api/rules');
    expect(before).toHaveLength(4);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await gateway.stop(signal);
      gateway = await start({ DATA_DIR: gateway.dataDir });
      expect(await gateway.json('/api/rules')).toEqual(before);
    }
  });

  it('log what they find, and a trial on the same history finds the same', async () => {
    const levels = { kind: 'above', threshold: 10, hysteresis: 2, forSeconds: 2 };
    const rate = { kind: 'rate', perSecond: 5 };
    const [{ id: level }, { id: fast }] = [await make({ ...levels, sensorId: 's' }), await make(rate)];
    await send([10, 11, 10, 11, 12, 13, 9, 8, 20, 20, 20, 20, 1]);
    const entries = await untilLogged(4, `?ruleId=${level}`);
    expect(inShort(entries)).toEqual([
      ['critical', 5],
      ['normal', 7],
      ['critical', 10],
      ['normal', 12],
    ]);
    expect(entries[3]).toEqual({
      id: expect.any(String),
      time: '2026-01-30T00:00:05Z',
      type: 'critical',
      message: 's is above 10 for 2 s: 13 (above 10)',
      sensorId: 's',
      zone: 'hall',
      value: 13,
      ruleId: level,
    });
    await gateway.settled();
    const range = { from: BEGIN_MS, to: '2026-01-30T01:00:00Z' };
    for (const [rule, id] of [
      [levels, level],
      [rate, fast],
    ] as const) {
      const live = (await logs(`?ruleId=${id}`)).reverse();
      const tried = await attempt({ rule, sensorId: 's', ...range });
      const what = ({ time, type, message, sensorId, zone, value }: Entry): object => ({
        ...{ time, type, message, sensorId, zone, value },
      });
      expect(live.length).toBeGreaterThan(0);
      expect(tried.map(what)).toEqual(live.map(what));
    }
    expect(await logs('?ruleId=none')).toEqual([]);
    expect(await attempt({ rule: { ...levels, zone: 'yard' }, sensorId: 's', ...range })).toEqual([]);
    const never = { rule: { kind: 'silent', afterSeconds: 600 }, sensorId: 's', ...range };
    expect(inShort(await attempt(never))).toEqual([['critical', 612]]);
  });

  it('judge what is accepted after the response to their creation, and nothing after they are deleted', async () => {
    await send([20]);
    const { id } = await make({ kind: 'above', threshold: 10 });
    await send([1, 20], { beginMs: BEGIN_MS + 60_000 });
    expect(inShort(await untilLogged(1, `?ruleId=${id}`))).toEqual([['critical', 61]]);
    expect((await call('DELETE', `/api/rules/${id}`)).status).toBe(204);
    const { id: other } = await make({ kind: 'above', threshold: 10 });
    await send([1, 20], { beginMs: BEGIN_MS + 120_000 });
    await untilLogged(1, `?ruleId=${other}`);
    expect(await logs(`?ruleId=${id}`)).toHaveLength(1);
  });

  it('keep their state through a restart, and when only their name changes', async () => {
    const rule = { kind: 'above', threshold: 10, forSeconds: 3 };
    const { id } = await make(rule);
    await send([11, 11, 11]);
    await gateway.stop();
    gateway = await start({ DATA_DIR: gateway.dataDir });
    expect((await call('PUT', `/api/rules/${id}`, { ...rule, name: 'renamed' })).status).toBe(200);
    await send([11], { beginMs: BEGIN_MS + 3_000 });
    const [entry] = await untilLogged(1, `?ruleId=${id}`);
    expect(entry).toMatchObject({
      time: '2026-01-30T00:00:03Z',
      message: 's is above 10 for 3 s: 11 (renamed)',
    });
    expect((await call('PUT', `/api/rules/${id}`, { ...rule, forSeconds: 2 })).status).toBe(200);
    await send([11, 11, 11], { beginMs: BEGIN_MS + 4_000 });
    expect(inShort(await untilLogged(2, `?ruleId=${id}`))).toEqual([
      ['critical', 3],
      ['critical', 6],
    ]);
  });

  it('forget a sensor that is deleted', async () => {
    const { id } = await make({ kind: 'above', threshold: 10, forSeconds: 3 });
    const { id: quiet } = await make({ kind: 'silent', afterSeconds: 1 });
    await send([11, 11, 11]);
    expect((await call('DELETE', '/api/sensors/s')).status).toBe(204);
    await gateway.stop('SIGKILL');
    gateway = await start({ DATA_DIR: gateway.dataDir });
    await send([1], { sensorId: 'witness' });
    await untilLogged(1, `?ruleId=${quiet}&sensorId=witness`);
    expect(await logs(`?ruleId=${quiet}&sensorId=s`)).toEqual([]);
    await send([11, 11], { beginMs: BEGIN_MS + 3_000 });
    await send([11, 11], { beginMs: BEGIN_MS + 5_000 });
    expect(inShort(await untilLogged(1, `?ruleId=${id}`))).toEqual([['critical', 6]]);
  });

  it('judge what was accepted before a sensor is deleted', async () => {
    const { id } = await make({ kind: 'above', threshold: 10 });
    const rounds = Array.from({ length: 20 }, (_, round) => round);
    for (const round of rounds) {
      await send([1, 90], { beginMs: BEGIN_MS + round * 2_000 });
      expect((await call('DELETE', '/api/sensors/s')).status).toBe(204);
    }
    const found = await untilLogged(rounds.length, `?ruleId=${id}`);
    expect(inShort(found)).toEqual(rounds.map((round) => ['critical', 2 * round + 1]));
    await until(
      async () => ((await gateway.json('/api/pipeline')) as { unjudged: number }).unjudged === 0 || undefined,
      'all to be judged',
    );
    await send([1], { beginMs: BEGIN_MS + 60_000 });
    const [sensor] = (await gateway.json('/api/sensors')) as [object];
    expect(sensor).not.toHaveProperty('activeRules');
  });

  it('report that a sensor has changed its zone', async () => {
    const reading = { sensorId: 's', value: 1, latencyMs: 1 };
    await gateway.post('/api/ingest', { ...reading, zone: 'hall' });
    await gateway.post('/api/ingest', { ...reading, zone: 'yard' });
    expect(await untilLogged(1, '?sensorId=s')).toMatchObject([
      { type: 'normal', message: 's has moved from hall to yard', zone: 'yard' },
    ]);
  });

  describe('about silence', () => {
    /** The time of an event is calculated back from two clocks, which are read one after the other. */
    const ROUNDING_MS = 50;
    const expectTime = ({ time }: Entry, ms: number): void => {
      expect(Math.abs(Date.parse(time) - ms)).toBeLessThanOrEqual(ROUNDING_MS);
    };
    /** The newest entry of a rule, once there are so many, and that it came within a second of its time. */
    const untilPrompt = async (count: number, ruleId: string): Promise<Entry> => {
      const [entry] = await untilLogged(count, `?ruleId=${ruleId}`, 20_000);
      if (!entry) throw new Error('There is no entry');
      expect(Date.now() - Date.parse(entry.time)).toBeLessThan(1_000);
      expect(Date.now() - Date.parse(entry.time)).toBeGreaterThanOrEqual(-ROUNDING_MS);
      return entry;
    };
    const lastSeenMs = async (): Promise<number> => {
      const [sensor] = (await gateway.json('/api/sensors')) as { lastSeen: string }[];
      return Date.parse(sensor?.lastSeen ?? '');
    };

    it('report within a second which sensor is silent or back, whatever the timestamps', async () => {
      const { id } = await make({ kind: 'silent', afterSeconds: 2 });
      await send([1, 2, 3]);
      const silent = await untilPrompt(1, id);
      expect(silent).toMatchObject({
        type: 'critical',
        message: 's is silent: no reading was accepted for 2 s (silent for 2 s)',
      });
      expectTime(silent, (await lastSeenMs()) + 2_000);
      expect(await gateway.json('/api/sensors')).toMatchObject([{ status: 'silent' }]);
      await send([1], { beginMs: BEGIN_MS - 86_400_000 });
      const back = await untilPrompt(2, id);
      expect(back).toMatchObject({
        type: 'normal',
        message: expect.stringMatching(/^s sends again after [2-9]/),
      });
      expectTime(back, await lastSeenMs());
      expect(await gateway.json('/api/sensors')).toMatchObject([{ status: 'online' }]);
    });

    it.each(['SIGKILL', 'SIGTERM'] as const)(
      'do not count the time during which the gateway is off, after %s',
      async (signal) => {
        // A restart beside other tests may take some seconds.
        const { id } = await make({ kind: 'silent', afterSeconds: 8 });
        await send([1]);
        const heardMs = await lastSeenMs();
        await gateway.stop(signal);
        const stoppedMs = Date.now();
        await new Promise((resolve) => setTimeout(resolve, heardMs + 8_000 - stoppedMs));
        const startedMs = Date.now();
        gateway = await start({ DATA_DIR: gateway.dataDir });
        const silent = await untilPrompt(1, id);
        const ranMs = stoppedMs - heardMs + Date.parse(silent.time) - startedMs;
        expect(ranMs).toBeGreaterThanOrEqual(8_000 - ROUNDING_MS);
        await gateway.stop(signal);
        gateway = await start({ DATA_DIR: gateway.dataDir });
        await send([1]);
        await untilPrompt(2, id);
        expect(await logs(`?ruleId=${id}`)).toHaveLength(2);
      },
    );
  });

  it('lists with each sensor the rules that are critical for it, and since when', async () => {
    interface Listed {
      readonly sensorId: string;
      readonly activeRules?: readonly { readonly ruleId: string; readonly since: string }[];
    }
    const active = async (): Promise<(readonly [string, number])[]> =>
      ((await gateway.json('/api/sensors')) as Listed[]).flatMap(({ activeRules = [] }) =>
        activeRules.map(({ ruleId, since }) => [ruleId, (Date.parse(since) - BEGIN_MS) / 1_000] as const),
      );
    const untilActive = async (expected: (readonly [string, number])[]): Promise<void> => {
      const wanted = JSON.stringify(expected);
      await until(async () => (JSON.stringify(await active()) === wanted ? true : undefined), wanted);
    };
    const { id } = await make({ name: 'hot', kind: 'above', threshold: 80, sensorId: 's' });
    await send([70, 81, 82]);
    await untilActive([[id, 1]]);
    await gateway.settled();
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await gateway.stop(signal);
      gateway = await start({ DATA_DIR: gateway.dataDir });
      await untilActive([[id, 1]]);
    }
    await send([70], { beginMs: BEGIN_MS + 3_000 });
    await untilActive([]);
    await send([90], { beginMs: BEGIN_MS + 4_000 });
    await untilActive([[id, 4]]);

    // None of these leaves an event.
    await call('PUT', `/api/rules/${id}`, { name: 'hotter', kind: 'above', threshold: 80, sensorId: 's' });
    expect(await active()).toEqual([[id, 4]]);
    await call('PUT', `/api/rules/${id}`, { name: 'hot', kind: 'above', threshold: 85, sensorId: 's' });
    expect(await active()).toEqual([]);
    await send([91], { beginMs: BEGIN_MS + 5_000 });
    await untilActive([[id, 5]]);
    const range = `from=${new Date(BEGIN_MS).toISOString()}&to=${new Date(BEGIN_MS + 60_000).toISOString()}`;
    await send([1], { sensorId: 't' });
    await gateway.settled();
    // The state is saved then, and the journal holds the deletion alone.
    await gateway.stop();
    gateway = await start({ DATA_DIR: gateway.dataDir });
    await untilActive([[id, 5]]);
    expect((await call('DELETE', `/api/readings/s?${range}`)).status).toBeLessThan(300);
    await gateway.stop('SIGKILL');
    gateway = await start({ DATA_DIR: gateway.dataDir });
    await untilActive([]);
    await send([92], { beginMs: BEGIN_MS + 6_000 });
    await untilActive([[id, 6]]);
    await call('DELETE', '/api/sensors/s');
    await send([1], { beginMs: BEGIN_MS + 7_000 });
    expect(await active()).toEqual([]);
    await send([93], { beginMs: BEGIN_MS + 8_000 });
    await untilActive([[id, 8]]);
    await call('DELETE', `/api/rules/${id}`);
    expect(await active()).toEqual([]);
  });
}
