import { runInNewContext } from 'node:vm';

import { parse } from 'yaml';

import { run } from '../support/child.js';
import { docBlocks } from '../support/doc-block.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';
import { RawConnection } from '../support/raw-connection.js';

const PAGE = 'api.md';
/** The URLs in the blocks, and what a reader replaces. */
const URLS = /http:\/\/(?:127\.0\.0\.1|192\.168\.1\.10):8000/;
const KEY = /\bKEY\b/;
const READING = { sensorId: 'boiler_1', zone: 'cellar', value: 61.5, latencyMs: 0 };

/** @returns the only block of a language below a heading */
function blockOf(heading: string, language: string): string {
  const [block, ...more] = docBlocks(PAGE, heading, language);
  if (block === undefined || more.length > 0) throw new Error(`Not one block ${language} below ${heading}`);
  return block;
}

/** @returns what the first group matches */
function find(block: string, pattern: RegExp): string {
  const found = pattern.exec(block)?.[1];
  if (found === undefined) throw new Error(`The block has nothing like ${String(pattern)}:\n${block}`);
  return found;
}

/** The text of a string literal of C++ or JavaScript. */
const unquote = (literal: string): string => JSON.parse(`"${literal}"`) as string;

/** A request as it goes over the connection. */
function requestOf(line: string, headers: readonly string[], body: string): string {
  return `${[line, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** Two gateways, one without keys and one with a device's key; each test sends to both. */
let open: Gateway;
let closed: Gateway;
let deviceKey: string;

beforeAll(async () => {
  [open, closed] = await Promise.all([Gateway.start(), Gateway.start({ ADMIN_KEY })]);
  closed.key = ADMIN_KEY;
  deviceKey = (await makeKey(closed, { name: 'boiler', role: 'device', sensors: ['boiler_*'] })).key;
});
afterAll(async () => {
  await Promise.all([open.stop(), closed.stop()]);
});

/** A block as its reader changes it. */
function adapt(block: string, { url }: Gateway, key?: string): string {
  expect(block).toMatch(URLS);
  expect(block).toMatch(KEY);
  const adapted = block.replaceAll(new RegExp(URLS, 'g'), url);
  return key === undefined ? adapted : adapted.replaceAll(new RegExp(KEY, 'g'), key);
}

/**
 * Expects that the sender is refused without a good key once there are keys, and otherwise stores one reading.
 * @param send sends one request as the adapted block does; returns everything that the device was told
 */
async function expectStored(
  block: string,
  send: (adapted: string, gateway: Gateway) => Promise<string>,
  { reading = READING, without = /201|204/, unkeyed = true } = {},
): Promise<void> {
  expect(await send(adapt(block, closed), closed)).toMatch(/401|KEY_INVALID/);
  const cases: [Gateway, string | undefined][] = [[closed, deviceKey]];
  if (unkeyed) cases.push([open, undefined]);
  for (const [gateway, key] of cases) {
    const before = (await gateway.pipeline()).accepted;
    expect(await send(adapt(block, gateway, key), gateway)).toMatch(without);
    expect((await gateway.pipeline()).accepted).toBe(before + 1);
    expect(await gateway.json(`/api/latest/${reading.sensorId}`)).toEqual(
      expect.objectContaining({ ...reading, found: true }),
    );
    await gateway.get(`/api/sensors/${reading.sensorId}`, { method: 'DELETE' });
  }
}

/** Sends bytes and returns the answer. The devices below can read neither a compressed answer nor one without its length. */
async function replay(bytes: string, { url }: Gateway): Promise<string> {
  const connection = new RawConnection(url).send(bytes);
  const answered = new Promise<void>((resolve, reject) => {
    const poll = setInterval(() => {
      if (connection.responses.length === 0) return;
      clearInterval(poll);
      resolve();
    }, 5);
    void connection.closed.then(() => {
      clearInterval(poll);
      if (connection.responses.length === 0) reject(new Error(`No whole answer: ${connection.received}`));
    });
  });
  await answered;
  connection.destroy();
  expect(connection.received).not.toMatch(/^(?:content-encoding|transfer-encoding):/im);
  return connection.received;
}

it('curl sends a reading by the block in docs/api.md', async () => {
  await expectStored(blockOf('curl', 'sh'), async (script) => (await run('bash', ['-c', script])).output, {
    without: /"success":true/,
  });
});

it('Python sends a reading by the block in docs/api.md', async () => {
  await expectStored(
    blockOf('Python', 'python'),
    async (script) => (await run('python3', ['-c', script])).output,
  );
});

describe('MicroPython, replayed with the bytes of its library,', () => {
  const send =
    (version: string) =>
    async (script: string): Promise<string> => {
      const variables = {
        PYTHONPATH: 'test/fixtures/devices/micropython',
        MICROPYTHON_HTTP: version,
        PYTHONDONTWRITEBYTECODE: '1',
      };
      return (await run('python3', ['-c', script], variables)).output;
    };
  const block = blockOf('MicroPython', 'python');
  const text = block.replace('json=reading', 'data=json.dumps(reading)').replace(/^/, 'import json\n');

  it('sends a reading by the block in docs/api.md', () => expectStored(block, send('1.1')));

  it('sends a text without a Content-Type', async () => {
    expect(text).not.toBe(`import json\n${block}`);
    await expectStored(text, send('1.1'));
  });

  it('sends HTTP/1.0, with a key only', async () => {
    await expectStored(block, send('1.0'), { unkeyed: false });
    await expectStored(text, send('1.0'), { unkeyed: false });
    expect(await send('1.0')(adapt(block, open))).toContain('LOCAL_ONLY');
  });
});

describe('an ESP32, replayed by the source of its libraries,', () => {
  const [http = '', influx = ''] = docBlocks(PAGE, 'ESP32 and Arduino', 'cpp');
  const agent = ['Connection: keep-alive', 'Accept-Encoding: identity;q=1,chunked;q=0.1,*;q=0'];

  it('sends a reading with HTTPClient by the block in docs/api.md', async () => {
    const send = (block: string, gateway: Gateway): Promise<string> => {
      const url = new URL(find(block, /http\.begin\("([^"]+)"\)/));
      const headers = Array.from(
        block.matchAll(/http\.addHeader\("([^"]+)", "([^"]+)"\)/g),
        ([, name, value]) => `${name}: ${value}`,
      );
      const value = Number(find(block, /float value = ([\d.]+);/));
      const format = unquote(
        find(block, /snprintf\(reading, sizeof reading,\s*"((?:[^"\\]|\\.)*)", value\)/),
      );
      const body = format.replace('%.2f', value.toFixed(2));
      expect(block).toContain('http.POST(reading)');
      expect(body.length).toBeLessThan(Number(find(block, /char reading\[(\d+)\]/)));
      const lines = [`Host: ${url.host}`, 'User-Agent: ESP32HTTPClient', ...agent, ...headers];
      return replay(
        requestOf(`POST ${url.pathname} HTTP/1.1`, [...lines, `Content-Length: ${body.length}`], body),
        gateway,
      );
    };
    await expectStored(http, send);
    // A sketch that adds no type sends none.
    await expectStored(http.replace(/^.*"Content-Type".*\n/m, ''), send);
  });

  it("sends a reading with InfluxDB's library by the block in docs/api.md", async () => {
    const { latencyMs: _, ...reading } = READING;
    await expectStored(
      influx,
      (block, gateway) => {
        const parameters = /InfluxDBClient client\("([^"]+)", "([^"]+)", "([^"]+)", "([^"]+)"\)/.exec(block);
        const [, server = '', org = '', bucket = '', token = ''] = parameters ?? [];
        const tags = Array.from(
          block.matchAll(/addTag\("(.+)", "(.+)"\)/g),
          ([, name, tag]) => `,${name}=${tag}`,
        );
        const value = Number(find(block, /addField\("value", ([\d.]+)\)/));
        const body = `${find(block, /Point point\("(.+)"\)/)}${tags.join('')} value=${value.toFixed(2)}\n`;
        const lines = [
          `Host: ${new URL(server).host}`,
          'User-Agent: influxdb-client-arduino/3.13.2 (ESP32 v5.1.4)',
          ...agent,
          `Authorization: Token ${token}`,
          'Content-Type: text/plain',
          `Content-Length: ${body.length}`,
        ];
        return replay(
          requestOf(`POST /api/v2/write?org=${org}&bucket=${bucket} HTTP/1.1`, lines, body),
          gateway,
        );
      },
      { reading: reading as typeof READING },
    );
  });
});

describe('Node-RED, replayed by what version 4.1.15 sent,', () => {
  interface Node {
    readonly id: string;
    readonly type: string;
    readonly func: string;
    readonly method: string;
    readonly url: string;
    readonly headers: readonly { readonly keyValue: string; readonly valueValue: string }[];
    readonly wires: readonly (readonly string[])[];
  }
  const block = blockOf('Node-RED', 'json');
  const send =
    (types: readonly string[]) =>
    (flow: string, gateway: Gateway): Promise<string> => {
      const nodes = JSON.parse(flow) as Node[];
      const [inject, reading, request] = ['inject', 'function', 'http request'].map((type) =>
        nodes.find((node) => node.type === type),
      );
      expect([inject?.wires, reading?.wires]).toEqual([[[reading?.id]], [[request?.id]]]);
      // The node runs this text as a function of msg.
      const message = runInNewContext(`(function (msg) {${reading?.func}})({})`) as { payload: unknown };
      const body = JSON.stringify(message.payload);
      const url = new URL(request?.url ?? '');
      const lines = [
        'user-agent: got (https://github.com/sindresorhus/got)',
        ...(request?.headers ?? []).map(({ keyValue, valueValue }) => `${keyValue}: ${valueValue}`),
        ...types,
        `Content-Length: ${body.length}`,
        `Host: ${url.host}`,
        'Connection: keep-alive',
      ];
      return replay(requestOf(`${request?.method} ${url.pathname} HTTP/1.1`, lines, body), gateway);
    };

  it('sends an object by the flow in docs/api.md', () =>
    expectStored(block, send(['Content-Type: application/json'])));

  it('sends a text without a Content-Type', () => expectStored(block, send([])));
});

it('Home Assistant, replayed by what version 2024.3.3 sent, sends a reading by the block in docs/api.md', async () => {
  interface Command {
    readonly url: string;
    readonly method: string;
    readonly content_type: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly payload: string;
  }
  interface Configuration {
    readonly rest_command: Readonly<Record<string, Command>>;
    readonly automation: readonly {
      readonly actions: readonly { readonly action: string; readonly data: { readonly value: string } }[];
    }[];
  }
  await expectStored(blockOf('Home Assistant', 'yaml'), (block, gateway) => {
    const { rest_command: commands, automation } = parse(block) as Configuration;
    const [{ action, data } = { action: '', data: undefined }] = automation[0]?.actions ?? [];
    const command = commands[action.replace('rest_command.', '')];
    if (!command) throw new Error(`The action ${action} calls no command`);
    // Both templates have one expression; the state of the sensor is 61.5.
    expect(data?.value).toMatch(/^\{\{ states\('.+'\) \}\}$/);
    const body = command.payload.replace('{{ value }}', '61.5');
    const url = new URL(command.url);
    const lines = [
      `Host: ${url.host}`,
      'User-Agent: HomeAssistant/2024.3.3 aiohttp/3.9.3 Python/3.11',
      ...Object.entries(command.headers).map(([name, value]) => `${name}: ${value}`),
      `Content-Type: ${command.content_type}`,
      'Accept: */*',
      'Accept-Encoding: gzip, deflate',
      `Content-Length: ${body.length}`,
    ];
    return replay(
      requestOf(`${command.method.toUpperCase()} ${url.pathname} HTTP/1.1`, lines, body),
      gateway,
    );
  });
});
