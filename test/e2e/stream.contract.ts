import { EventSource } from 'eventsource';

import { Cutter } from '../support/cutter.js';
import { until } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';
import { RawStream } from '../support/raw-stream.js';

/** The live stream, which does not depend on where readings live. */
export function describeStreamContract(
  start: (variables?: Record<string, string>) => Promise<Gateway>,
): void {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await start();
  });
  afterEach(async () => {
    await gateway.stop();
  });

  const reading = (sensorId: string, value: number, zone = 'z'): object => ({
    sensorId,
    zone,
    value,
    latencyMs: 1,
  });
  const send = async (...readings: object[]): Promise<void> => {
    const response = await gateway.post('/api/ingest/batch', readings);
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  };
  const untilValues = (stream: RawStream, count: number): Promise<true> =>
    until(() => (stream.values().length >= count ? true : undefined), `${count} readings`);

  it('shows readings as they are accepted, each with its own id', async () => {
    const stream = await RawStream.open(gateway);
    await send(reading('a', 1), reading('b', 2));
    await send(reading('a', 3));
    await untilValues(stream, 3);
    expect(stream.of('reading')).toEqual([
      { ...reading('a', 1), timestamp: expect.any(String) },
      { ...reading('b', 2), timestamp: expect.any(String) },
      { ...reading('a', 3), timestamp: expect.any(String) },
    ]);
    const ids = stream.messages.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    stream.close();
  });

  it.each([
    ['?sensorId=a,c', [1, 3]],
    ['?zone=hall', [2, 3]],
    ['?zone=hall&sensorId=a,b', [2]],
    ['?type=reading', [1, 2, 3]],
  ])('shows no other readings than %s asks for', async (query, values) => {
    const stream = await RawStream.open(gateway, query);
    await send(reading('a', 1), reading('b', 2, 'hall'), reading('c', 3, 'hall'));
    await untilValues(stream, values.length);
    expect(stream.values()).toEqual(values);
    stream.close();
  });

  it('names the wrong parameter', async () => {
    for (const [query, path] of [
      ['?type=all', 'type'],
      ['?zone=', 'zone'],
      ['?sensorId=a,,', 'sensorId'],
      ['?from=1', 'from'],
      ['?heartbeat=2', 'heartbeat'],
      ['?heartbeat=2s&heartbeat=3s', 'heartbeat'],
    ] as const) {
      const response = await gateway.get(`/api/stream${query}`);
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({
          code: 'INVALID_PARAMETER',
          errors: [{ path, message: expect.stringContaining(path) }],
        }),
      ]);
    }
  });

  it('shows an EventSource that is cut 20 times each of 5,000 readings once, in order', async () => {
    const cutter = await Cutter.start(() => gateway.url);
    const source = new EventSource(`${cutter.url}/api/stream`);
    const seen = new Map<string, number[]>();
    let count = 0;
    let resets = 0;
    source.addEventListener('reading', ({ data }: { data: string }) => {
      const { sensorId, value } = JSON.parse(data) as { sensorId: string; value: number };
      seen.set(sensorId, [...(seen.get(sensorId) ?? []), value]);
      count += 1;
    });
    source.addEventListener('reset', () => (resets += 1));
    await new Promise((resolve) => source.addEventListener('open', resolve));
    // What is shown before its id is known could not be asked for again.
    await until(
      () => (count > 0 ? true : gateway.post('/api/ingest', reading('first', 0)).then(() => undefined)),
      'the stream',
    );
    const before = count;
    for (let value = 0; value < 5_000; value += 10) {
      await send(...Array.from({ length: 10 }, (_, index) => reading(`s${index % 5}`, value + index)));
      if (value % 250 === 240) {
        await until(() => (source.readyState === source.OPEN ? true : undefined), 'the stream');
        cutter.cut();
      }
    }
    expect(cutter.cuts).toBe(20);
    await until(() => (count >= before + 5_000 ? true : undefined), 'all readings');
    source.close();
    await cutter.stop();
    expect(resets).toBe(0);
    for (let sensor = 0; sensor < 5; sensor += 1) {
      const expected = Array.from({ length: 1_000 }, (_, index) => index * 5 + sensor);
      expect(seen.get(`s${sensor}`)).toEqual(expected);
    }
  }, 120_000);

  it('continues without a gap after a restart, and after a kill when the journal has what followed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const first = await RawStream.open(gateway, '?type=reading');
      await send(reading('a', 1));
      await untilValues(first, 1);
      await gateway.stop(signal);
      expect(first.of('reset')).toEqual([]);
      gateway = await start({ DATA_DIR: gateway.dataDir });
      await send(reading('a', 2), reading('a', 3));
      const second = await RawStream.open(gateway, '?type=reading', first.lastEventId);
      await untilValues(second, 2);
      expect([second.values(), second.of('reset')]).toEqual([[2, 3], []]);
      const ids = [...first.messages, ...second.messages].map(({ id }) => id);
      expect(new Set(ids).size).toBe(3);
      second.close();
    }
  });

  it.each(['garbage', '0000000000000000-1-1', '%E2%82%AC', '-1-1'])(
    'resets a client that comes with %s, and gives it the newest reading of each sensor',
    async (lastEventId) => {
      await send(reading('a', 1), reading('a', 2), reading('b', 3, 'hall'));
      const stream = await RawStream.open(gateway, '?zone=z', lastEventId);
      await untilValues(stream, 1);
      await send(reading('b', 4, 'hall'), reading('a', 5));
      await untilValues(stream, 2);
      expect(stream.messages.map(({ event }) => event)).toEqual(['reset', 'reading', 'reading']);
      expect(stream.values()).toEqual([2, 5]);
      stream.close();
    },
  );

  it('resets a client that comes back after more than the buffer and the journal hold', async () => {
    await gateway.stop();
    gateway = await start({
      STREAM_BUFFER_READINGS: '1000',
      BATCH_MAX_RECORDS: '2000',
      JOURNAL_MAX_BYTES: '1048576',
    });
    const first = await RawStream.open(gateway, '?type=reading');
    await send(reading('a', 0));
    await untilValues(first, 1);
    first.close();
    for (let batch = 0; batch < 10; batch += 1) {
      await send(...Array.from({ length: 2_000 }, (_, index) => reading(`s${index % 7}`, index)));
      await gateway.settled();
    }
    // The rules need what is stored for a moment, too.
    const hasLeft = async (): Promise<true | undefined> =>
      (await gateway.pipeline()).journalBytes < 500_000 ? true : undefined;
    await until(hasLeft, 'the journal to let go of what is stored and judged');
    const second = await RawStream.open(gateway, '?type=reading', first.lastEventId);
    await untilValues(second, 8);
    expect(second.messages[0]?.event).toBe('reset');
    expect(second.of('reading').map(({ sensorId }) => sensorId)).toEqual([
      'a',
      's0',
      's1',
      's2',
      's3',
      's4',
      's5',
      's6',
    ]);
    second.close();
  });

  it('sends its position to a client whose filter matches nothing, so that it can continue there', async () => {
    await gateway.stop();
    gateway = await start({
      STREAM_HEARTBEAT: '100ms',
      STREAM_BUFFER_READINGS: '5000',
      BATCH_MAX_RECORDS: '1000',
    });
    const quiet = await RawStream.open(gateway, '?sensorId=a');
    const { lastEventId } = quiet;
    for (let batch = 0; batch < 10; batch += 1)
      await send(...Array.from({ length: 1_000 }, (_, index) => reading('b', index)));
    await until(() => (quiet.lastEventId !== lastEventId ? true : undefined), 'a heartbeat');
    await until(() => (quiet.heartbeats.length > 10 ? true : undefined), 'heartbeats');
    quiet.close();
    await send(reading('a', 1));
    const back = await RawStream.open(gateway, '?sensorId=a', quiet.lastEventId);
    await untilValues(back, 1);
    expect(back.messages.map(({ event }) => event)).toEqual(['reading']);
    expect(quiet.messages).toEqual([]);
    back.close();
  });

  it.each(['999ms', '61s', '0s', '', '2S', '-2s', '1e1s'])(
    'refuses a heartbeat of "%s"',
    async (heartbeat) => {
      const response = await gateway.get(`/api/stream?heartbeat=${heartbeat}`);
      const message = `heartbeat must be a duration from "1s" to "60s", such as "2s", got "${heartbeat}"`;
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({ code: 'INVALID_PARAMETER', errors: [{ path: 'heartbeat', message }] }),
      ]);
    },
  );

  it('sends heartbeats as often as a client asks for, also while it gets nothing or other messages', async () => {
    const queries = ['?heartbeat=1s', '?heartbeat=1s&sensorId=none', '?heartbeat=1.5s&type=log', ''];
    const streams = await Promise.all(queries.map((query) => RawStream.open(gateway, query)));
    const longestMs = streams.map((stream) => {
      const gaps: number[] = [];
      let lastMs = performance.now();
      stream.response.on('data', () => {
        gaps.push(performance.now() - lastMs);
        lastMs = performance.now();
      });
      return (): number => Math.max(...gaps);
    });
    const [busy, quiet, events, unasked] = streams;
    const isOver = async (): Promise<true | undefined> => {
      await send(reading('a', 1));
      return streams.slice(0, 3).every(({ heartbeats }) => heartbeats.length > 3) ? true : undefined;
    };
    await until(isOver, 'heartbeats');
    expect(busy?.values().length).toBeGreaterThan(3);
    expect([quiet?.messages, events?.messages]).toEqual([[], []]);
    // The greeting alone has no data either.
    expect(unasked?.heartbeats.length).toBeLessThan(2);
    for (const [index, limitMs] of [1_500, 1_500, 2_000].entries())
      expect(longestMs[index]?.()).toBeLessThan(limitMs);
    for (const stream of streams) stream.close();
  });

  it('replays to a slow client all that it missed, without leaving anything out', async () => {
    const first = await RawStream.open(gateway, '?type=reading');
    await send(reading('a', 0));
    await untilValues(first, 1);
    first.close();
    for (let batch = 0; batch < 20; batch += 1)
      await send(...Array.from({ length: 1_000 }, (_, index) => reading('a', 1 + batch * 1_000 + index)));
    const second = await RawStream.open(gateway, '?type=reading', first.lastEventId);
    second.response.pause();
    await send(...Array.from({ length: 1_000 }, (_, index) => reading('a', 20_001 + index)));
    second.response.resume();
    await untilValues(second, 21_000);
    expect(second.values()).toEqual(Array.from({ length: 21_000 }, (_, index) => index + 1));
    second.close();
  });

  it('resets a client that is too slow, gives it the newest of each sensor, and delays no other client', async () => {
    await gateway.stop();
    gateway = await start({ STREAM_BUFFER_READINGS: '1000', BATCH_MAX_RECORDS: '2000' });
    const slow = await RawStream.open(gateway, '?type=reading');
    const fast = await RawStream.open(gateway, '?sensorId=last');
    slow.response.pause();
    // More than the system's buffers take.
    const rounds = 80;
    for (let round = 0; round < rounds; round += 1)
      await send(
        ...Array.from({ length: 1_000 }, (_, index) => reading(`s${index % 100} ${'x'.repeat(90)}`, round)),
      );
    await send(reading('last', 1));
    await untilValues(fast, 1);
    slow.response.resume();
    await until(() => (slow.of('reset').length > 0 ? true : undefined), 'the reset');
    await until(
      () => (slow.of('reading').some(({ sensorId }) => sensorId === 'last') ? true : undefined),
      'the newest',
    );
    await send(reading('end', 1));
    await until(
      () => (slow.of('reading').some(({ sensorId }) => sensorId === 'end') ? true : undefined),
      'what came then',
    );
    const newest = new Map(slow.of('reading').map(({ sensorId, value }) => [sensorId, value]));
    expect(newest.size).toBe(102);
    for (const [sensorId, value] of newest)
      if (String(sensorId).startsWith('s')) expect(value).toBe(rounds - 1);
    expect(slow.values().length).toBeLessThan(rounds * 1_000);
    for (const stream of [slow, fast]) stream.close();
  });

  it('ends the stream when the gateway stops', async () => {
    const stream = await RawStream.open(gateway);
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    await until(() => (stream.isOver ? true : undefined), 'the end');
    gateway = await start();
  });

  it('shows every reading to 1,000 clients at once', async () => {
    const streams = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        RawStream.open(gateway, index % 2 ? `?sensorId=s${index % 20}` : '?type=reading'),
      ),
    );
    for (let value = 0; value < 10; value += 1)
      await send(...Array.from({ length: 20 }, (_, index) => reading(`s${index}`, value)));
    await Promise.all(streams.map((stream, index) => untilValues(stream, index % 2 ? 10 : 200)));
    for (const [index, stream] of streams.entries()) {
      expect(stream.values()).toHaveLength(index % 2 ? 10 : 200);
      stream.close();
    }
  });
}
