import { until } from '../../support/environment.js';
import { Gateway } from '../../support/gateway.js';
import { RawStream } from '../../support/raw-stream.js';

interface Reading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
}

const SENSORS = 40;
const ZONES = 5;
const ROUNDS = 30;
const BATCH = 100;

/** Sensors move between zones. */
const readingAt = (value: number): Reading => ({
  sensorId: `s${(value * 7) % SENSORS}`,
  zone: `z${Math.floor(value / 33) % ZONES}`,
  value,
});

/** Each way to ask, and which readings it asks for. */
const FILTERS: [query: string, wants: (reading: Reading) => boolean][] = [
  ['', () => true],
  ['?type=reading', () => true],
  ['?type=log', () => false],
  ['?sensorId=unknown', () => false],
  ['?sensorId=s3,s4&type=log', () => false],
  ...Array.from({ length: SENSORS }, (_, sensor): [string, (reading: Reading) => boolean] => [
    `?sensorId=s${sensor}`,
    ({ sensorId }) => sensorId === `s${sensor}`,
  ]),
  ...Array.from({ length: ZONES }, (_, zone): [string, (reading: Reading) => boolean] => [
    `?zone=z${zone}&type=reading,critical`,
    (reading) => reading.zone === `z${zone}`,
  ]),
  ['?sensorId=s1,s2&zone=z2', ({ sensorId, zone }) => zone === 'z2' && ['s1', 's2'].includes(sensorId)],
  [
    `?sensorId=${Array.from({ length: 1_000 }, (_, index) => `s${index + 5}`).join()}`,
    ({ sensorId }) => Number(sensorId.slice(1)) >= 5,
  ],
];

describe('filters of the stream', () => {
  let gateway: Gateway;
  const send = async (readings: readonly Reading[]): Promise<void> => {
    const body = readings.map((reading) => ({ ...reading, latencyMs: 1 }));
    expect((await gateway.post('/api/ingest/batch', body)).status).toBe(200);
  };
  afterEach(async () => {
    await gateway.stop();
  });

  it('gives each client all that it asks for, once and in order, also those that leave and come back', async () => {
    gateway = await Gateway.start({ STREAM_HEARTBEAT: '100ms' });
    const clients = await Promise.all(
      FILTERS.map(async ([query, wants]) => ({
        ...{ query, wants, values: [] as unknown[] },
        stream: await RawStream.open(gateway, query),
      })),
    );
    const leave = (client: (typeof clients)[number]): void => {
      client.stream.close();
      expect(client.stream.of('reset')).toEqual([]);
      client.values.push(...client.stream.values());
    };
    // Some leave in the middle of what is being sent, and miss the next batch.
    let gone: typeof clients = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      if (round < ROUNDS)
        await send(Array.from({ length: BATCH }, (_, index) => readingAt(round * BATCH + index)));
      for (const client of gone)
        client.stream = await RawStream.open(gateway, client.query, client.stream.lastEventId);
      gone = round < ROUNDS ? clients.filter((_, index) => (round + index) % 11 === 0) : [];
      gone.forEach(leave);
    }
    const all = Array.from({ length: ROUNDS * BATCH }, (_, value) => readingAt(value));
    for (const client of clients) {
      const wanted = all.filter(client.wants).map(({ value }) => value);
      const isThere = (): true | undefined =>
        client.values.length + client.stream.values().length >= wanted.length ? true : undefined;
      await until(isThere, `the readings of ${client.query}`);
      leave(client);
      expect(client.values).toEqual(wanted);
    }
  });

  it('goes on after more than the buffer holds that a client does not want, without a reset', async () => {
    gateway = await Gateway.start({
      STREAM_HEARTBEAT: '60s',
      STREAM_BUFFER_READINGS: '1000',
      BATCH_MAX_RECORDS: '1000',
    });
    const [quiet, events] = [
      await RawStream.open(gateway, '?sensorId=a'),
      await RawStream.open(gateway, '?zone=hall&type=log'),
    ];
    for (let batch = 0; batch < 8; batch += 1)
      await send(Array.from({ length: 1_000 }, (_, value) => ({ sensorId: 'b', zone: 'z', value })));
    await send([{ sensorId: 'a', zone: 'hall', value: 1 }]);
    await until(() => (quiet.values().length > 0 ? true : undefined), 'the reading');
    await gateway.settled();
    quiet.close();
    await send([{ sensorId: 'a', zone: 'z', value: 2 }]);
    const back = await RawStream.open(gateway, '?sensorId=a', quiet.lastEventId);
    await until(() => (back.values().length > 0 ? true : undefined), 'the next reading');
    expect([quiet.values(), back.values(), events.messages]).toEqual([[1], [2], []]);
    expect([...quiet.of('reset'), ...back.of('reset')]).toEqual([]);
    for (const stream of [back, events]) stream.close();
  });

  it('gives each client the events that it asks for', async () => {
    gateway = await Gateway.start();
    const rule = { name: 'high', kind: 'above', threshold: 10 };
    expect((await gateway.post('/api/rules', { ...rule, zone: 'hall' })).status).toBe(201);
    const queries = [
      '?type=log',
      '?type=log&sensorId=a',
      '?zone=hall&type=critical',
      '?sensorId=b&type=log',
      '?zone=z&type=log',
    ];
    const streams = await Promise.all(queries.map((query) => RawStream.open(gateway, query)));
    const about = (stream: RawStream): unknown[] => stream.of('log').map(({ sensorId }) => sensorId);
    await send([
      { sensorId: 'a', zone: 'hall', value: 11 },
      { sensorId: 'c', zone: 'hall', value: 12 },
      { sensorId: 'b', zone: 'z', value: 13 },
    ]);
    const [all, ofA, hall, ...others] = streams;
    await until(
      () => (all && hall && about(all).length + about(hall).length >= 4 ? true : undefined),
      'the events',
    );
    await until(() => (ofA && about(ofA).length > 0 ? true : undefined), 'the event of a');
    expect(streams.slice(0, 3).map((stream) => about(stream).toSorted())).toEqual([
      ['a', 'c'],
      ['a'],
      ['a', 'c'],
    ]);
    expect(others.flatMap(({ messages }) => messages)).toEqual([]);
    for (const stream of streams) stream.close();
  });
});
