import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Child } from '../support/child.js';
import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ModbusDevice } from '../support/modbus-device.js';
import { influxdb2Output, startTelegraf } from '../support/telegraf.js';

/** The example for Modbus in docs/line-mapping.md: Telegraf's configuration, and the rules. */
const [, EXAMPLE = ''] = readFileSync(join(ROOT, 'docs', 'line-mapping.md'), 'utf8').split('### modbus');
const [, MODBUS_INPUT = ''] = /^```toml\n([^]*?)^```/m.exec(EXAMPLE) ?? [];
const [, MODBUS_RULES = ''] = /^```yaml\n([^]*?)^```/m.exec(EXAMPLE) ?? [];
const RULES = `${MODBUS_RULES}
- measurement: mqtt_consumer
  fields: value
  sensorId: '{tag.topic}'
  zone: house
- measurement: internal*
  ignore: true
`;
const AT = '1769782718000000000';
const TIMESTAMP = '2026-01-30T14:18:38Z';

interface Latest {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs?: number;
  readonly timestamp: string;
}

describe('Telegraf', () => {
  let gateway: Gateway;
  let device: ModbusDevice;
  const variables: Record<string, string> = {};
  const telegrafs: Child[] = [];

  beforeAll(async () => {
    const rules = join(emptyFolder(), 'rules.yaml');
    writeFileSync(rules, RULES);
    Object.assign(variables, { LINE_MAPPING: rules, DATA_DIR: emptyFolder() });
    [gateway, device] = await Promise.all([Gateway.start(variables), ModbusDevice.start()]);
    // A gateway that starts again is found where it was.
    variables.PORT = new URL(gateway.url).port;
  });
  afterEach(() => Promise.all(telegrafs.splice(0).map((telegraf) => telegraf.kill('SIGTERM'))));
  afterAll(() => Promise.all([gateway.stop(), device.stop()]));

  /** Starts a Telegraf that writes to the gateway. @param inputs in TOML */
  const start = (inputs: string): Child => {
    const telegraf = startTelegraf(inputs + influxdb2Output(gateway.url));
    telegrafs.push(telegraf);
    return telegraf;
  };

  /** Starts a Telegraf that follows a file. @returns it, and what adds lines to the file */
  const follow = (): { telegraf: Child; add: (...lines: string[]) => void } => {
    const file = join(emptyFolder(), 'points.lp');
    writeFileSync(file, '');
    const telegraf = start(`
[[inputs.tail]]
  files = ["${file}"]
  initial_read_offset = "beginning"
  watch_method = "poll"
  path_tag = ""
  data_format = "influx"
`);
    const add = (...lines: string[]): void => {
      appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
    };
    return { telegraf, add };
  };

  /** Waits for the newest readings of sensors. */
  const latest = (
    telegraf: Child,
    ids: readonly string[],
    isReached: (found: Latest[]) => boolean = () => true,
  ): Promise<Latest[]> => {
    const query = ids.map(encodeURIComponent).join();
    return until(
      async () => {
        const found = (await gateway.json(`/api/latest?sensorId=${query}`)) as Latest[];
        return found.length === ids.length && isReached(found) ? found : undefined;
      },
      `the readings of ${ids.join(', ')}`,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)} from:\n${telegraf.output}`, { cause: error });
    });
  };

  it('fills the gateway from a Modbus device and a file, by LINE_MAPPING', async () => {
    device.setFloat32(0, 21.5);
    device.setInt16(2, -40);
    device.coils.add(0);
    const file = join(emptyFolder(), 'mqtt.lp');
    writeFileSync(file, `mqtt_consumer,topic=garden/rain value=0.25 ${AT}\n`);
    const telegraf = start(`
${MODBUS_INPUT.replace('tcp://192.0.2.10:502', device.url)}
[[inputs.file]]
  files = ["${file}"]
  data_format = "influx"
`);
    const ids = ['press_7.pressure', 'press_7.temperature', 'press_7.coil.motor', 'garden/rain'];
    expect(await latest(telegraf, ids)).toEqual([
      expect.objectContaining({ sensorId: 'press_7.pressure', zone: 'hall_1', value: 21.5 }),
      expect.objectContaining({ sensorId: 'press_7.temperature', zone: 'hall_1', value: -40 }),
      expect.objectContaining({ sensorId: 'press_7.coil.motor', zone: 'hall_1', value: 1 }),
      { sensorId: 'garden/rain', zone: 'house', value: 0.25, timestamp: TIMESTAMP, found: true },
    ]);
    device.setFloat32(0, -1.25e-7);
    const [pressure] = await latest(telegraf, ['press_7.pressure'], ([one]) => one?.value !== 21.5);
    expect(pressure?.value).toBeCloseTo(-1.25e-7, 12);
    expect((await gateway.pipeline()).refused).toEqual({});
  });

  it("sends the gateway's own measurement, beside what the rules take", async () => {
    const { telegraf, add } = follow();
    add(`sensor_predictions,sensor_id=pump\\ 1,zone=hall\\,\\ east value=42.5,latency_ms=12.5 ${AT}`);
    const reading = { sensorId: 'pump 1', zone: 'hall, east', value: 42.5, latencyMs: 12.5 };
    expect(await latest(telegraf, ['pump 1'])).toEqual([{ ...reading, timestamp: TIMESTAMP, found: true }]);
  });

  it('loses only the points that the gateway refuses, does not send them again, and goes on', async () => {
    const { telegraf, add } = follow();
    const point = (sensor: string): string => `mqtt_consumer,topic=${sensor} value=1 ${AT}`;
    add(point('first'), `cpu usage=1 ${AT}`, `internal_agent gathered=1i ${AT}`, point('second'));
    await latest(telegraf, ['first', 'second']);
    await until(() => (telegraf.output.includes('dropped=1') ? true : undefined), 'the reason in its log');
    expect(telegraf.output).toContain('points are refused');
    expect(telegraf.output).toMatch(/no rule of LINE_MAPPING takes this point of the measurement .*cpu/);
    const { refused } = await gateway.pipeline();
    add(point('third'));
    await latest(telegraf, ['third']);
    expect((await gateway.pipeline()).refused).toEqual(refused);
  });

  it('keeps what a gateway answers with 503, or does not answer, and sends it later', async () => {
    const { telegraf, add } = follow();
    const points = (name: string): string[] =>
      Array.from({ length: 500 }, (_, at) => `mqtt_consumer,topic=${name}/${at} value=${at} ${AT}`);
    const arrival = (name: string): Promise<true> =>
      until(async () => {
        const sensors = (await gateway.json('/api/latest?zone=house')) as Latest[];
        const found = sensors.filter(({ sensorId }) => sensorId.startsWith(`${name}/`));
        const isRight = found.every(({ sensorId, value }) => sensorId === `${name}/${value}`);
        return found.length === 500 && isRight ? true : undefined;
      }, `500 sensors ${name}`);
    const isLogged = (text: string): Promise<true> =>
      until(() => (telegraf.output.includes(text) ? true : undefined), `${text} in Telegraf's log`);

    await gateway.get('/api/drain', { method: 'POST' });
    add(...points('drained'));
    await isLogged('503 Service Unavailable');
    await gateway.get('/api/drain', { method: 'DELETE' });
    await arrival('drained');

    await gateway.stop();
    add(...points('stopped'));
    await isLogged('connection refused');
    gateway = await Gateway.start(variables);
    await arrival('stopped');
    expect(telegraf.output).not.toContain('will be dropped');
  });
});
