import { BadServer } from '../support/bad-server.js';
import { csvFile, importedReadings } from './import.contract.js';
import { ProxiedImports } from './proxied-imports.js';

const LOGIN = '<!DOCTYPE html><html><head><title>Sign in</title></head></html>';
const FAR = '2199-01-01T00:00:00Z';

/** A row for each minute. */
function fileOf(sensor: string, rows: number, isFar: (row: number) => boolean = () => false): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const time = isFar(row) ? FAR : new Date(Date.UTC(2014, 0, 1, 0, row)).toISOString();
    return `${sensor},hall,${row},${time}`;
  });
  return csvFile(['sensorId,zone,value,timestamp', ...lines]);
}

const status = (code: number, body = '', headers: Record<string, string> = {}) => {
  const answer = BadServer.status(code, body, { 'content-type': 'text/html', ...headers });
  return (response: Parameters<typeof answer>[0]) => answer(response, '', '');
};

describe('import through a proxy', () => {
  const imports = new ProxiedImports();
  const { send } = imports;

  const ANSWERS: readonly [string, ReturnType<typeof status>, string][] = [
    ['200 of a login page', status(200, LOGIN), 'answers 200 ("Sign in")'],
    ['200 without a body', status(200), 'answers 200,'],
    [
      '302',
      status(302, '', { location: 'https://sso.example/login' }),
      'a redirect to https://sso.example/login',
    ],
    ['401 of its own', status(401, 'Who is there?'), 'answers 401 ("Who is there?")'],
    ['404', status(404, '<h1>Not here</h1>'), 'answers 404 ("Not here")'],
    ['422 of its own', status(422, '{"message":"dropped=0"}'), 'answers 422 ("{"message":"dropped=0"}")'],
    ['500', status(500, 'Oh\u001b[2J!'), 'answers 500 ("Oh [2J!")'],
  ];

  it.each(ANSWERS)(
    'that answers each write with %s sends nothing, and says so',
    async (_name, answer, words) => {
      const before = await imports.gateway.pipeline();
      imports.proxy.interfere = ({ path }) => (path.startsWith('/api/v2/write') ? answer : undefined);
      const { code, output } = await send(fileOf('nowhere', 3));
      expect([code, output]).toEqual([2, expect.stringContaining(words)]);
      expect(output).toMatch(
        new RegExp(`^error: ${imports.proxy.url}/api/v2/write\\?precision=us answers .*Check --url`),
      );
      expect(output).not.toContain('accepted');
      expect((await imports.gateway.pipeline()).accepted).toBe(before.accepted);
    },
  );

  it.each(ANSWERS.filter(([name]) => name !== '404' && name !== '500'))(
    'that begins to answer %s counts what the gateway has confirmed, and goes on later',
    async (name, answer, words) => {
      const sensor = `later_${name.replaceAll(/\W/g, '_')}`;
      const file = fileOf(sensor, 9);
      const options = ['--batch-size', '2'];
      imports.proxy.interfere = ({ write }) => (write > 2 ? answer : undefined);
      const { code, output } = await send(file, ...options);
      expect([code, output]).toEqual([2, expect.stringContaining(words)]);
      const [, rows = '', unconfirmed = ''] =
        /^(\d) rows: 4 accepted \(0 replaced an earlier row\), 0 refused, (\d) not confirmed$/m.exec(
          output,
        ) ?? [];
      expect(Number(rows) - Number(unconfirmed)).toBe(4);
      expect(output).toContain(
        'Stopped after line 5. Once the cause is removed, run the same command again: it goes on there, and no reading is stored twice\n',
      );
      expect(await importedReadings(imports.gateway, sensor)).toHaveLength(4);
      imports.proxy.reset();
      const whole = await send(file, ...options);
      expect(whole.output).toMatch(/^Goes on after line 5, /);
      expect(whole.output).toMatch(/^9 rows: 9 accepted \(0 replaced an earlier row\), 0 refused$/m);
      expect(imports.proxy.writes).toHaveLength(3);
      expect(await importedReadings(imports.gateway, sensor)).toHaveLength(9);
    },
  );

  it('in front of a gateway that restarts waits for it', async () => {
    let answers = 0;
    imports.proxy.interfere = ({ write }) => {
      answers += write === 2 || write === 3 ? 1 : 0;
      return write === 2 || write === 3 ? status(502, '<h1>Bad Gateway</h1>') : undefined;
    };
    const { code, output } = await send(fileOf('patient', 6), '--batch-size', '2');
    expect([code, answers]).toEqual([0, 2]);
    expect(output).toContain('answers 502: Bad Gateway. Trying again …');
    expect(output).toMatch(/^6 rows: 6 accepted /m);
  });

  it('without a gateway behind it is given up after ten seconds', async () => {
    imports.proxy.interfere = () => status(502, '<h1>Bad Gateway</h1>');
    const startMs = performance.now();
    const { code, output } = await send(fileOf('nowhere', 3));
    expect(performance.now() - startMs).toBeLessThan(15_000);
    expect(code).toBe(2);
    expect(output).toMatch(/^error: .* answers 502: Bad Gateway\. Check that the gateway runs, and --url$/m);
  });

  it.each([
    ['few', 2_000, (row: number) => row % 19 === 0, 3],
    ['half', 2_000, (row: number) => row % 2 === 0, 13],
    ['all', 2_000, () => true, 20],
    ['those at the end', 2_000, (row: number) => row >= 1_850, 2],
  ])('asks for the reasons of many refused rows in proportion: %s', async (name, rows, isFar, requests) => {
    const refused = Array.from({ length: rows }, (_, row) => row).filter(isFar).length;
    const count = (number: number): string => number.toLocaleString('en-US');
    const { code, output } = await send(fileOf(`many_${name.replaceAll(' ', '_')}`, rows, isFar));
    expect(code).toBe(1);
    expect(output).toMatch(
      new RegExp(
        `^${count(rows)} rows: ${count(rows - refused)} accepted .*, ${count(refused)} refused$`,
        'm',
      ),
    );
    expect(output).toMatch(/TIMESTAMP_IN_FUTURE/);
    const sent = imports.proxy.writes.reduce((sum, body) => sum + body.split('\n').length, 0);
    expect(imports.proxy.writes.length).toBeLessThanOrEqual(requests);
    expect(sent).toBeLessThanOrEqual(rows * 2.5);
  });
});
