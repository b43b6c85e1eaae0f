import { BadServer } from '../support/bad-server.js';
import { makeCertificate, writeCertificate } from '../support/certificate.js';
import { Child, run } from '../support/child.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';
import {
  csvFile,
  describeImport,
  importCommand,
  importedReadings,
  importFile,
  MACHINE,
  STATE,
} from './import.contract.js';

describe('import into the embedded store', () => {
  describeImport(() => Gateway.start());
});

describe('import', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ BATCH_MAX_RECORDS: '300' });
  });
  afterAll(() => gateway.stop());

  it('lists line and reason of each refused row, its own and those of the gateway, and sends the others', async () => {
    const file = csvFile([
      'when;reading;note',
      '2013-12-02 21:15:00;1;good',
      '2013-12-02 21:20:00;;empty',
      '2013-12-02 21:25:00;warm;no number',
      'yesterday;4;no time',
      '"2013-12-02 21:30:00";6;"two',
      'lines"',
      '2199-01-01;8;far ahead',
      '1969-12-31;9;too old',
      '2013-12-02T22:45:00+01:00;10;another zone',
    ]);
    const columns = ['--delimiter', ';', '--time-column', 'when', '--value-column', 'reading'];
    const { code, output } = await importFile(gateway, file, ...MACHINE, ...columns);
    expect(code).toBe(1);
    const [unused, counts, ...reasons] = output.trimEnd().split('\n');
    expect(unused).toBe('not used: "note"');
    expect(counts).toBe('8 rows: 3 accepted (0 replaced an earlier row), 5 refused');
    expect(reasons).toEqual([
      expect.stringMatching(/^ {2}line 3: .*reading/),
      expect.stringMatching(/^ {2}line 4: .*reading.*warm/),
      expect.stringMatching(/^ {2}line 5: .*when.*yesterday/),
      "  line 8: timestamp must be at most 1h ahead of the gateway's clock, got 2199-01-01T00:00:00Z (TIMESTAMP_IN_FUTURE)",
      expect.stringMatching(
        /^ {2}line 9: timestamp must be 1971-01-01T00:00:00Z or later, .*\(TIMESTAMP_TOO_OLD\)$/,
      ),
    ]);
    expect((await importedReadings(gateway)).map(({ timestamp, value }) => [timestamp, value])).toEqual([
      ['2013-12-02T21:15:00Z', 1],
      ['2013-12-02T21:30:00Z', 6],
      ['2013-12-02T21:45:00Z', 10],
    ]);
  });

  it('finds the reason of each row when a batch has more refused rows than the gateway names, or is too large', async () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => {
      const year = row % 10 === 9 ? 2014 : 2199;
      return `many,hall,${row},${new Date(Date.UTC(year, 0, 1, 0, row)).toISOString()}`;
    });
    const file = csvFile(['sensorId,zone,value,timestamp', ...rows, 'many,hall,x,2014-01-01T00:00:00Z']);
    const { code, output } = await importFile(gateway, file, '--batch-size', '1000');
    expect(code).toBe(1);
    const [counts, own, ...reasons] = output.trimEnd().split('\n');
    expect(counts).toBe('2,001 rows: 200 accepted (0 replaced an earlier row), 1,801 refused');
    expect(own).toMatch(/^ {2}line 2002: /);
    // Five reasons word by word, then all others of their kind: bounded, however many rows there are.
    expect(reasons).toHaveLength(6);
    expect(reasons[0]).toMatch(/^ {2}line 2: .*got 2199-01-01T00:00:00Z/);
    expect(reasons[5]).toMatch(/^ {2}lines 7-10, 12-20, .*-200 and 1,6\d\d more rows: timestamp must be /);
    expect((await importedReadings(gateway, 'many')).map(({ value }) => value)).toEqual(
      Array.from({ length: 200 }, (_, index) => 10 * index + 9),
    );
  });

  it.each([
    ['newest first', (rows: string[]) => rows.toReversed()],
    ['in no order', (rows: string[]) => rows.map((_, at) => rows[(at * 1_237) % rows.length] ?? '')],
  ])('counts repeated times of a file %s', async (name, order) => {
    const sensor = name.replaceAll(' ', '_');
    const rows = Array.from(
      { length: 2_000 },
      (_, row) =>
        `${sensor},hall,${row},2014-01-01T00:00:${((row % 1_990) / 100).toFixed(2).padStart(5, '0')}Z`,
    );
    const file = csvFile(['sensorId,zone,value,timestamp', ...order(rows)]);
    const { code, output } = await importFile(gateway, file);
    expect([code, output]).toEqual([
      0,
      '2,000 rows: 2,000 accepted (10 replaced an earlier row), 0 refused\n',
    ]);
    expect(await importedReadings(gateway, sensor)).toHaveLength(1_990);
  });

  it('shows with --dry-run how a file is understood, and needs no gateway for it', async () => {
    const file = csvFile([
      'sensorId,zone,value,latencyMs,timestamp',
      'pump,hall,-1.5,,2014-01-01T01:00:00+01:00',
      'pump,hall,2,3,2014-01-01T00:00:01.000001Z',
      '"fan, left",roof,1e3,0,2014-01-01T00:00:02Z',
      'pump,hall,7,3,2014-01-01T00:00:01.000001Z',
      'pump,hall,21,5,3,2014-01-01T00:00:01Z',
    ]);
    const { code, output } = await importFile({ url: 'http://127.0.0.1:9' } as Gateway, file, '--dry-run');
    expect(code).toBe(1);
    expect(output).toMatch(/^Nothing is sent\./);
    expect(output).toContain(
      [
        'line  sensor     zone  value  latency (ms)  time',
        '2     pump       hall  -1.5   none          2014-01-01T00:00:00Z',
        '3     pump       hall  2      3             2014-01-01T00:00:01.000001Z',
        '4     fan, left  roof  1000   0             2014-01-01T00:00:02Z',
        '5     pump       hall  7      3             2014-01-01T00:00:01.000001Z',
        '',
        'sensors: 2',
        'times:   2014-01-01T00:00:00Z to 2014-01-01T00:00:02Z',
        'values:  -1.5 to 1000',
        '',
        '5 rows: 4 can be sent (1 would replace an earlier row), 1 refused',
        '  line 6: ',
      ].join('\n'),
    );
  });

  it('of rows that nobody can send is bounded in what it says', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, row) => `a,b,x${row},2014-01-01T00:00:00Z,${'y'.repeat(row % 7)}`,
    );
    const { code, output } = await importFile(
      gateway,
      csvFile(['sensorId,zone,value,timestamp,note', ...rows]),
    );
    expect([code, output.split('\n')[1]]).toEqual([
      1,
      '20,000 rows: 0 accepted (0 replaced an earlier row), 20,000 refused',
    ]);
    expect(output.length).toBeLessThan(5_000);
  });
});

describe('import that cannot be done', () => {
  let server: BadServer;
  let secured: Gateway;
  let tls: Gateway;

  const good = csvFile(['timestamp,value', '2013-12-02 21:15:00,1']);

  beforeAll(async () => {
    const certificate = writeCertificate(await makeCertificate());
    [server, secured, tls] = await Promise.all([
      BadServer.start(),
      Gateway.start({ ADMIN_KEY }),
      Gateway.start({ ...certificate }),
    ]);
    server.answer = BadServer.status(404, '<html>no such page</html>');
  });
  afterAll(() => Promise.all([server.stop(), secured.stop(), tls.stop()]));

  it.each<[string, () => string[], string]>([
    ['a file that is missing', () => ['no.csv'], 'error: no.csv: no such file or directory\n'],
    ['a folder', () => ['test'], 'error: test is a folder; name a file in it\n'],
    ['a path through a file', () => [`${good}/x`], 'a part of this path is a file'],
    ['no URL', () => [good, '--url', 'here'], '--url must be a URL such as http://127.0.0.1:8000'],
    ['a batch of none', () => [good, '--batch-size', '0'], 'It must be a whole number from 1 to 10000'],
    [
      'a server that is no gateway',
      () => [good, '--url', server.url],
      'not as a PredictionX gateway does. Check --url',
    ],
    [
      'a gateway that requires a key',
      () => [good, '--url', secured.url],
      'it requires a key: give one of role device',
    ],
    ['a wrong key', () => [good, '--url', secured.url, '--key', 'px_wrong'], 'this key is not valid'],
    [
      'an unknown host',
      () => [good, '--url', 'http://gateway.invalid'],
      'The host gateway.invalid is not known',
    ],
    [
      'HTTPS of a gateway that speaks HTTP',
      () => [good, '--url', secured.url.replace('http', 'https')],
      'Try http://',
    ],
    ['an unknown certificate', () => [good, '--url', tls.url], 'NODE_EXTRA_CA_CERTS'],
  ])('says what to do about %s', async (_name, args, message) => {
    const [file = '', ...rest] = args();
    const { code, output } = await run(
      'node',
      ['dist/cli/predictionx.js', 'import', file, ...MACHINE, ...rest],
      STATE,
    );
    expect(code).toBeGreaterThan(0);
    expect(output).toContain(message);
    expect(output).not.toContain(' at ');
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says at once that no gateway listens, and gives up within ten seconds', async () => {
    const free = await BadServer.start();
    const { url } = free;
    await free.stop();
    const child = new Child('node', importCommand({ url }, good, ...MACHINE), STATE);
    const startMs = performance.now();
    expect((await child.exited).code).toBe(2);
    expect(performance.now() - startMs).toBeLessThan(15_000);
    expect(child.output).toContain(`${url}/ does not respond: connect ECONNREFUSED`);
    expect(child.output).toMatch(/^error: No gateway listens at .*Start it/m);
  });

  it('refuses a key that may not send, and takes one that may', async () => {
    secured.key = ADMIN_KEY;
    const { key: reader } = await makeKey(secured, { name: 'r', role: 'reader' });
    const { key: device } = await makeKey(secured, { name: 'd', role: 'device' });
    const refused = await importFile(secured, good, ...MACHINE, '--key', reader);
    expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('Use a key of role device')]);
    expect(await importFile(secured, good, ...MACHINE, '--key', device)).toEqual({
      code: 0,
      output: '1 row: 1 accepted (0 replaced an earlier row), 0 refused\n',
    });
  });
});
