import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';
import { Scrape } from '../support/metrics.js';

const MAX_RECORDS = 1_000;
const RULES = `
- measurement: modbus
  fields: '*'
  sensorId: '{tag.name}.{field}'
  zone: '{tag.line:-hall}'
- measurement: internal*
  ignore: true
`;

function fileOf(rules: string): string {
  const file = join(emptyFolder(), 'rules.yaml');
  writeFileSync(file, rules);
  return file;
}

describe('a gateway with LINE_MAPPING', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({
      ADMIN_KEY,
      LINE_MAPPING: fileOf(RULES),
      BATCH_MAX_RECORDS: String(MAX_RECORDS),
    });
    gateway.key = ADMIN_KEY;
  });
  afterAll(() => gateway.stop());

  const write = async (
    body: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; message?: string }> => {
    const response = await gateway.post('/api/v2/write?precision=us', body, {
      'content-type': 'text/plain',
      ...headers,
    });
    const text = await response.text();
    const { message } = (text === '' ? {} : JSON.parse(text)) as { message?: string };
    return { status: response.status, ...(message !== undefined && { message }) };
  };
  const values = async (sensorIds: string): Promise<unknown> => {
    const found = (await gateway.json(`/api/latest?sensorId=${sensorIds}`)) as Record<string, unknown>[];
    return found.map(({ sensorId, zone, value, timestamp }) => [sensorId, zone, value, timestamp]);
  };

  it('stores a reading for each field, beside readings in its own form', async () => {
    const body = [
      'modbus,name=a,line=west pressure=2.5,temperature=-40i,unit="bar" 1769782718000000',
      'sensor_predictions,sensor_id=own,zone=z value=7 1769782718000000',
    ].join('\n');
    expect(await write(body)).toEqual({ status: 204 });
    const time = '2026-01-30T14:18:38Z';
    expect(await values('a.pressure,a.temperature,own')).toEqual([
      ['a.pressure', 'west', 2.5, time],
      ['a.temperature', 'west', -40, time],
      ['own', 'z', 7, time],
    ]);
  });

  it('refuses alone what no rule takes and what a rule cannot read, and counts points', async () => {
    const before = await gateway.pipeline();
    const body = [
      'modbus,name=b x=1,big=9007199254740993i,huge=9007199254740995i 1769782718000000',
      'cpu usage=1 1769782718000000',
      '# a comment',
      'modbus,line=west x=1 1769782718000000',
      'modbus,name=b y=1 4102444800000000',
      'modbus,name=b z=1 1769782718000000',
    ].join('\n');
    const { status, message = '' } = await write(body);
    expect(status).toBe(422);
    expect(message.split('\n')).toEqual([
      'partial write: 4 of 5 points are refused',
      expect.stringMatching(/^line 1: rule 1 of LINE_MAPPING: field big .*\(INVALID_READING\)$/),
      expect.stringMatching(/^line 1: rule 1 of LINE_MAPPING: field huge .*\(INVALID_READING\)$/),
      'line 2: no rule of LINE_MAPPING takes this point of the measurement "cpu"; the rules take modbus; internal* (INVALID_READING)',
      expect.stringMatching(
        /^line 4: rule 1 of LINE_MAPPING: sensorId needs the tag "name" .*\(INVALID_READING\)$/,
      ),
      expect.stringMatching(/^line 5: timestamp .*\(TIMESTAMP_IN_FUTURE\)$/),
      'dropped=4',
    ]);
    expect((await values('b.x,b.z,b.y,b.big')) as unknown[]).toHaveLength(2);
    const after = await gateway.pipeline();
    expect(after.accepted - before.accepted).toBe(2);
    expect(after.refused).toEqual({ INVALID_READING: 4, TIMESTAMP_IN_FUTURE: 1 });
  });

  it('refuses the sensors that a key may not send, and takes the others of the same point', async () => {
    const { key } = await makeKey(gateway, { name: 'device', role: 'device', sensors: ['c.x'] });
    const { status, message = '' } = await write('modbus,name=c x=1,y=2,z=3\nmodbus,name=c x=4', {
      authorization: `Bearer ${key}`,
    });
    expect(status).toBe(422);
    expect(message).toMatch(/^partial write: 1 of 2 points are refused\n(?:line 1: .*\n){2}dropped=1$/);
    expect(await values('c.x,c.y,c.z')).toEqual([['c.x', 'hall', 4, expect.any(String)]]);
  });

  it('ignores points where a rule says so, and counts them', async () => {
    const ignored = async (): Promise<number | undefined> =>
      (await Scrape.of(gateway)).value('predictionx_points_ignored_total');
    expect(await ignored()).toBe(0);
    expect(await write('internal_agent gathered=1i\ninternal_write,output=x metrics=2i')).toEqual({
      status: 204,
    });
    expect(await ignored()).toBe(2);
  });

  it('counts readings, not lines, for BATCH_MAX_RECORDS, and answers the whole body with 413 beyond it', async () => {
    const line = (name: string, fields: number): string =>
      `modbus,name=${name} ${Array.from({ length: fields }, (_, at) => `f${at}=${at}`).join()}`;
    expect(await write(line('d', MAX_RECORDS))).toEqual({ status: 204 });
    const { status, message } = await write([line('e', MAX_RECORDS), line('e', 1)].join('\n'));
    expect([status, message]).toEqual([
      413,
      `A body must hold at most ${MAX_RECORDS} readings, each field that a rule of LINE_MAPPING takes being one, got at least ${MAX_RECORDS + 1}; send it in parts`,
    ]);
    expect(await values('e.f0')).toEqual([]);
  });

  it('remembers a partial write under its Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'mapped' };
    const first = await write('modbus,name=f x=1\ncpu x=1', headers);
    expect(first.status).toBe(422);
    expect(await write('modbus,name=f x=1\ncpu x=1', headers)).toEqual(first);
  });
});

describe('a gateway with a wrong LINE_MAPPING', () => {
  it('does not start, and says what is wrong with each rule', async () => {
    const file = fileOf(`
- measurement: modbus
  field: '*'
  sensorId: '{tag.name}'
  zone: 5.{tag.line
`);
    const gateway = Gateway.launch({ LINE_MAPPING: file });
    expect((await gateway.exit()).code).toBe(1);
    const { msg } = JSON.parse(gateway.output.trim().split('\n').at(-1) ?? '') as { msg: string };
    expect(msg.split('\n')).toEqual([
      `LINE_MAPPING: ${file} is wrong:`,
      expect.stringContaining(
        'line 3, rule 1: "field" is not known here; the keys are measurement, tags, fields',
      ),
      expect.stringContaining('line 2, rule 1: fields is missing; it must be a name, a pattern'),
      expect.stringMatching(/line 5, rule 1: zone must be a text with .*, got "5.{tag.line"$/),
      expect.stringContaining('line 4, rule 1: sensorId must contain {field}'),
    ]);
  });
});
