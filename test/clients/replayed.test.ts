import type { Gateway } from '../support/gateway.js';
import { RawConnection, type RawResponse } from '../support/raw-connection.js';
import { Gateways, portOf, valuesOf } from './gateways.js';

/**
 * Requests of programs that cannot run here, byte for byte as their sources put them together: header names, their order,
 * spaces, and how lines end.
 */

/** tobiasschuerg/InfluxDB-Client-for-Arduino 3.13.2, over ESP8266HTTPClient and its ESP32 twin, which send the same head. */
function arduino(
  gateway: Gateway,
  request: string,
  { basic, headers = [], body = '', reuse = false }: ArduinoOptions = {},
): string {
  return [
    `${request} HTTP/1.1`,
    `Host: 127.0.0.1:${portOf(gateway)}`,
    'User-Agent: influxdb-client-arduino/3.13.2 (ESP8266 3.1.2)',
    'Accept-Encoding: identity;q=1,chunked;q=0.1,*;q=0',
    ...(basic === undefined ? [] : [`Authorization: Basic ${btoa(basic)}`]),
    `Connection: ${reuse ? 'keep-alive' : 'close'}`,
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

interface ArduinoOptions {
  /** The part of the server's URL before "@", which the HTTP library sends as Basic. */
  readonly basic?: string | undefined;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** HTTPOptions().connectionReuse(true). */
  readonly reuse?: boolean;
}

/** plugins/out_influxdb and src/flb_http_client.c of Fluent Bit 4: records of tag sensor_predictions, sequence_tag off. */
function fluentBit(gateway: Gateway, path: string, login: readonly string[], body: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${portOf(gateway)}`,
    `Content-Length: ${body.length}`,
    'User-Agent: Fluent-Bit',
    ...login,
    'Connection: keep-alive',
    '',
    body,
  ].join('\r\n');
}

/** Sends requests over one connection, each after the answer to the one before. @returns the answers */
async function exchange(gateway: Gateway, ...requests: string[]): Promise<RawResponse[]> {
  const connection = new RawConnection(gateway.url);
  for (const [index, request] of requests.entries()) {
    connection.send(request);
    const deadline = Date.now() + 10_000;
    while (connection.responses.length <= index && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
  connection.destroy();
  return connection.responses;
}

const statuses = (responses: readonly RawResponse[]): number[] => responses.map(({ status }) => status);
const line = (sensorId: string, value: string, stamp = ''): string =>
  `sensor_predictions,sensor_id=${sensorId},zone=hall_1 value=${value}${stamp}`;

describe('the requests of', () => {
  let gateways: Gateways;

  beforeAll(async () => {
    gateways = await Gateways.start();
  });
  afterAll(async () => {
    await gateways.stop();
  });

  describe.each(['open', 'locked'] as const)('clients, to a gateway that is %s', (which) => {
    it('the Arduino client for InfluxDB 2 validate the connection and write', async () => {
      const gateway = gateways[which];
      const headers = [`Authorization: Token ${which === 'locked' ? gateways.key : 'any'}`];
      const write = (body: string, parameters = ''): string =>
        arduino(gateway, `POST /api/v2/write?org=any&bucket=halls${parameters}`, {
          headers: [...headers, 'Content-Type: text/plain'],
          body,
          reuse: true,
        });
      const answers = await exchange(
        gateway,
        arduino(gateway, 'GET /health', { headers, reuse: true }),
        write(`${line('ard2_now', '21.50')}\n`),
        write(
          `${line('ard2_a', '1.00', ' 1769781600')}\n${line('ard2_b', '7i', ' 1769781600')}\n`,
          '&precision=s',
        ),
      );
      expect(statuses(answers)).toEqual([200, 204, 204]);
      expect(await valuesOf(gateway, 'ard2_now', 'ard2_a', 'ard2_b')).toEqual([21.5, 1, 7]);
    });

    it('the Arduino client for InfluxDB 1 validate the connection and write', async () => {
      const gateway = gateways[which];
      // setConnectionParamsV1("http://device:KEY@gateway:8000", "halls")
      const basic = which === 'locked' ? `device:${gateways.key}` : undefined;
      const write = (body: string, parameters = ''): string =>
        arduino(gateway, `POST /write?db=halls${parameters}`, {
          basic,
          headers: ['Content-Type: text/plain'],
          body,
        });
      const [ping, ...writes] = [
        ...(await exchange(gateway, arduino(gateway, 'GET /ping?verbose=true', { basic }))),
        ...(await exchange(gateway, write(`${line('ard1_now', '21.50')}\n`))),
        ...(await exchange(
          gateway,
          write(`${line('ard1_u', '1.00', ' 1769781600000000')}\n`, '&precision=u'),
        )),
      ];
      expect(ping).toMatchObject({ status: 200, connection: 'close' });
      expect(JSON.parse(ping?.body ?? '')).toEqual({ version: expect.any(String) as unknown });
      expect(statuses(writes)).toEqual([204, 204]);
      expect(await valuesOf(gateway, 'ard1_now', 'ard1_u')).toEqual([21.5, 1]);
      expect(await gateway.json('/api/latest/ard1_u')).toMatchObject({ timestamp: '2026-01-30T14:00:00Z' });
    });

    it('Tasmota for InfluxDB 1 validate the connection and write', async () => {
      const gateway = gateways[which];
      const key = which === 'locked' ? gateways.key : 'any';
      // It sends IfxPassword in the URL, where it means nothing here, and as a token, too.
      const login = `&u=tasmota&p=${key}`;
      const body = line('tasmota_now', '21.5');
      const answers = await exchange(
        gateway,
        arduino(gateway, `GET /ping?verbose=true${login}`, {
          headers: ['Accept: application/json'],
          reuse: true,
        }),
        arduino(gateway, `POST /write?db=halls${login}`, {
          headers: ['Content-Type: text/plain', `Authorization: Token ${key}`],
          body,
          reuse: true,
        }),
      );
      expect(statuses(answers)).toEqual([200, 204]);
      expect(await valuesOf(gateway, 'tasmota_now')).toEqual([21.5]);
    });

    it.each([
      ['fb1', '/write?db=halls&precision=n'],
      ['fb2', '/api/v2/write?org=fluent&bucket=halls&precision=ns'],
    ])('Fluent Bit write: %s', async (name, path) => {
      const gateway = gateways[which];
      const login =
        which === 'open'
          ? []
          : [
              name === 'fb1'
                ? `Authorization: Basic ${btoa(`fluent:${gateways.key}`)}`
                : `Authorization: Token ${gateways.key}`,
            ];
      // Two records; no line feed at the end.
      const body = [
        line(`${name}_a`, '21.500000', ' 1769781600000000001'),
        line(`${name}_b`, '7', ' 1769781600250000000'),
      ].join('\n');
      const request = fluentBit(gateway, path, login, body);
      expect(statuses(await exchange(gateway, request, request))).toEqual([204, 204]);
      expect(await valuesOf(gateway, `${name}_a`, `${name}_b`)).toEqual([21.5, 7]);
    });
  });

  it('clients with a wrong key are answered 401, with the reason', async () => {
    const gateway = gateways.locked;
    const text = {
      headers: ['Content-Type: text/plain', 'Authorization: Token wrong'],
      body: line('x', '1'),
    };
    const answers = [
      ...(await exchange(gateway, arduino(gateway, 'POST /api/v2/write?org=any&bucket=halls', text))),
      ...(await exchange(
        gateway,
        arduino(gateway, 'POST /write?db=halls', { basic: 'device:wrong', body: 'x' }),
      )),
      ...(await exchange(
        gateway,
        arduino(gateway, `POST /write?db=halls&u=device&p=${gateways.key}`, {
          headers: ['Content-Type: text/plain'],
          body: line('x', '1'),
        }),
      )),
      ...(await exchange(
        gateway,
        fluentBit(
          gateway,
          '/write?db=halls&precision=n',
          [`Authorization: Basic ${btoa('fluent:wrong')}`],
          'x',
        ),
      )),
    ];
    expect(statuses(answers)).toEqual([401, 401, 401, 401]);
    expect(answers.map(({ body }) => body)).toEqual([
      expect.stringContaining('"message":"Unknown API key"'),
      '{"error":"Unknown API key"}',
      expect.stringContaining('u and p are ignored'),
      '{"error":"Unknown API key"}',
    ]);
  });

  it('clients that probe for what is not here are answered 404', async () => {
    for (const path of [
      '/api/v2/buckets?name=halls',
      '/api/v2/setup',
      '/api/v2/orgs?org=any',
      '/write/?db=x',
    ]) {
      const response = await gateways.open.get(path);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });
});
