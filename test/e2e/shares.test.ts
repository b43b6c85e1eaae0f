import { request } from 'node:http';

import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const NO_KEYS = { AUTH: 'off' };

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Posts JSON as one of the two clients. */
type Post = (path: string, body: unknown, idempotencyKey?: string) => Promise<Answer>;

interface Two {
  readonly gateway: Gateway;
  /** Takes all it gets. */
  readonly greedy: Post;
  readonly other: Post;
  /** The name of the greedy one in messages. */
  readonly name: string;
  /** Kills the gateway and starts it again. */
  readonly again: () => Promise<Two>;
}

function postFrom(gateway: Gateway, from: string, headers: Record<string, string> = {}): Post {
  return (path, body, idempotencyKey) =>
    new Promise((resolve, reject) => {
      const sent = request(
        gateway.url + path,
        {
          method: 'POST',
          agent: false,
          localAddress: from,
          headers: {
            'content-type': 'application/json',
            ...headers,
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        },
      );
      sent.on('error', reject).end(JSON.stringify(body));
    });
}

async function twoKeys(variables: Record<string, string>): Promise<Two> {
  const gateway = await Gateway.start({ ...variables, ADMIN_KEY });
  gateway.key = ADMIN_KEY;
  const greedy = await makeKey(gateway, { name: 'greedy', role: 'device' });
  const other = await makeKey(gateway, { name: 'other', role: 'device' });
  const two = (of: Gateway): Two => ({
    gateway: of,
    greedy: postFrom(of, '127.0.0.1', { 'x-api-key': greedy.key }),
    other: postFrom(of, '127.0.0.1', { 'x-api-key': other.key }),
    name: `key ${greedy.id}`,
    again: async () => {
      await of.stop('SIGKILL');
      return two(await Gateway.start({ ...variables, ADMIN_KEY, DATA_DIR: of.dataDir }));
    },
  });
  return two(gateway);
}

async function twoAddresses(variables: Record<string, string>): Promise<Two> {
  const two = (gateway: Gateway): Two => ({
    gateway,
    greedy: postFrom(gateway, '127.0.0.2'),
    other: postFrom(gateway, '127.0.0.3'),
    name: 'address 127.0.0.2',
    again: async () => {
      await gateway.stop('SIGKILL');
      return two(await Gateway.start({ ...variables, ...NO_KEYS, DATA_DIR: gateway.dataDir }));
    },
  });
  return two(await Gateway.start({ ...variables, ...NO_KEYS }));
}

describe.each([
  ['keys', twoKeys],
  ['IP addresses', twoAddresses],
])('of two %s,', (_kind, start) => {
  it('one cannot take the space for remembered answers from the other, also after kill -9', async () => {
    const { gateway, greedy, other, name, again } = await start({ IDEMPOTENCY_MAX_BYTES: '65536' });
    const post = (by: Post, key: string): Promise<Answer> => by('/api/ingest', READING, key);
    expect((await post(other, 'other')).status).toBe(201);
    const first = await post(greedy, 'greedy 0');
    let count = 1;
    let last = first;
    for (; last.status === 201; count += 1) last = await post(greedy, `greedy ${count}`);
    expect([last.status, last.body]).toEqual([
      503,
      expect.stringContaining(`The ${name} has its share of IDEMPOTENCY_MAX_BYTES, which others use, too`),
    ]);
    await gateway.waitForOutput(new RegExp(`The ${name} has its share of the answers that are remembered`));
    const second = await again();
    expect((await post(second.greedy, 'greedy more')).status).toBe(503);
    expect(await post(second.greedy, 'greedy 0')).toEqual(first);
    // Half is free, and the other one may take half of that.
    for (let more = 0; more < count / 3; more += 1)
      expect((await post(second.other, `other ${more}`)).status).toBe(201);
    expect((await second.greedy('/api/ingest', READING)).status).toBe(201);
    await second.gateway.stop();
  });

  it('one cannot take the places for new sensors from the other', async () => {
    const { gateway, greedy, other, name } = await start({ MAX_SENSORS: '31' });
    const reading = (sensorId: string): object => ({ ...READING, sensorId });
    const batch = Array.from({ length: 40 }, (_, index) => reading(`random ${index}`));
    expect((await other('/api/ingest', reading('known'))).status).toBe(201);
    const { accepted, errors } = JSON.parse((await greedy('/api/ingest/batch', batch)).body) as {
      accepted: number;
      errors: { message: string }[];
    };
    expect(accepted).toBe(15);
    expect(errors[0]?.message).toBe(
      `sensorId must be a known sensor, got "random 15": the ${name} has used its share of MAX_SENSORS (31): 15 new sensors within a day, and other senders share the limit. Raise MAX_SENSORS, or forget sensors with DELETE /api/sensors/{id}`,
    );
    expect(await greedy('/api/ingest', reading('one more'))).toMatchObject({
      status: 422,
      body: expect.stringContaining('TOO_MANY_SENSORS'),
    });
    await gateway.waitForOutput(new RegExp(`New sensors are refused: the ${name} has used its share`));
    expect((await greedy('/api/ingest', reading('random 3'))).status).toBe(201);
    for (let count = 0; count < 7; count += 1)
      expect((await other('/api/ingest', reading(`wanted ${count}`))).status).toBe(201);
    await gateway.stop();
  });
});

it('the answers to batches with many refusals are remembered compactly, and given again byte for byte', async () => {
  const variables = { IDEMPOTENCY_MAX_BYTES: '65536' };
  const gateway = await Gateway.start(variables);
  const batch = [READING, ...Array.from({ length: 100 }, () => ({ ...READING, value: 'hé' }))];
  const post = async (of: Gateway, key: number): Promise<[number, string]> => {
    const response = await of.post('/api/ingest/batch', batch, { 'idempotency-key': `batch ${key}` });
    return [response.status, await response.text()];
  };
  const [status, first] = await post(gateway, 0);
  expect([status, first.length > 8_000]).toEqual([200, true]);
  for (let key = 1; key < 40; key += 1) expect((await post(gateway, key))[0]).toBe(200);
  await gateway.stop('SIGKILL');
  const again = await Gateway.start({ ...variables, DATA_DIR: gateway.dataDir });
  expect(await post(again, 0)).toEqual([200, first]);
  await again.stop();
});
