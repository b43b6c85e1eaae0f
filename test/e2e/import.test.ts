import { BadServer } from '../support/bad-server.js';
import { Child, run } from '../support/child.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY } from '../support/keys.js';
import {
  csvFile,
  describeImport,
  importedReadings,
  importFile,
  monthWithRepeatedHour,
} from './import.contract.js';

describe('import into the embedded store', () => {
  describeImport(() => Gateway.start());
});

describe('import', () => {
  it('lists line and reason of each refused row, and sends the others', async () => {
    const gateway = await Gateway.start();
    const file = csvFile([
      'when;reading;note',
      '2013-12-02 21:15:00;1;good',
      '2013-12-02 21:20:00;;empty',
      '2013-12-02 21:25:00;NaN;no number',
      'yesterday;4;no time',
      ';5;no time at all',
      '"2013-12-02 21:30:00";6;"two',
      'lines"',
      '2013-12-02 21:35:00',
      '2199-01-01;8;far ahead',
      '1386020400000;9;epoch milliseconds',
      '2013-12-02T22:45:00+01:00;10;another zone',
      '2013-12-02T22:50+0100;11;as Java writes it',
      '2013-12-02 22:55:00 +01;12;as PostgreSQL writes it',
      `${Math.floor(Date.now() / 1000)};13;seconds`,
    ]);
    const { code, output } = await importFile(
      gateway,
      file,
      ...['--delimiter', ';', '--time-column', 'when', '--value-column', 'reading'],
    );
    expect(code).toBe(1);
    expect(output).toMatch(/^9 sent, 6 accepted, 7 refused$/m);
    expect(output).toMatch(/^ {2}lines 3, 9: column reading must be a finite number, got ""$/m);
    expect(output).toMatch(/^ {2}line 4: column reading must be a finite number, got "NaN"$/m);
    expect(output).toMatch(/^ {2}line 5: timestamp must be .*"yesterday"$/m);
    expect(output).toMatch(/^ {2}line 6: column when is empty; it must hold a time$/m);
    expect(output).toMatch(/^ {2}line 10: timestamp must be at most 1h ahead/m);
    expect(output).toMatch(
      /^ {2}line 15: timestamp must be 1971-01-01T00:00:00Z or later, .*looks like seconds: add --precision s, or/m,
    );
    expect((await importedReadings(gateway)).map(({ timestamp, value }) => [timestamp, value])).toEqual([
      ['2013-12-02T21:15:00Z', 1],
      ['2013-12-02T21:30:00Z', 6],
      ['2013-12-02T21:40:00Z', 9],
      ['2013-12-02T21:45:00Z', 10],
      ['2013-12-02T21:50:00Z', 11],
      ['2013-12-02T21:55:00Z', 12],
    ]);
    await gateway.stop();
  });

  it.each([
    ['s', '1386019200.5', '2013-12-02T21:20:00.5Z'],
    ['us', '1386019200123456', '2013-12-02T21:20:00.123456Z'],
    ['ns', '1386019200123456789', '2013-12-02T21:20:00.123456Z'],
  ])('takes numbers in %s, when told so', async (unit, time, timestamp) => {
    const gateway = await Gateway.start();
    const file = csvFile(['time,value', `${time},1`, '2013-12-02T22:30+0100,2']);
    expect(await importFile(gateway, file, '--precision', unit)).toEqual({
      code: 0,
      output: '2 sent, 2 accepted, 0 refused\n',
    });
    expect((await importedReadings(gateway)).map((reading) => reading.timestamp)).toEqual([
      timestamp,
      '2013-12-02T21:30:00Z',
    ]);
    await gateway.stop();
  });

  it('waits for a gateway that is killed and comes back, and loses nothing', async () => {
    const first = await Gateway.start();
    const { lines, expected } = monthWithRepeatedHour();
    const importing = importFile(first, csvFile(lines), '--batch-size', '1');
    await until(
      async () => ((await first.pipeline()).accepted > 500 ? true : undefined),
      'the import to be under way',
    );
    await first.stop('SIGKILL');
    const second = await Gateway.start({ DATA_DIR: first.dataDir, PORT: new URL(first.url).port });
    expect(await importing).toEqual({ code: 0, output: '5000 sent, 5000 accepted, 0 refused\n' });
    const readings = await importedReadings(second);
    expect(readings.map(({ timestamp, value }) => [Date.parse(timestamp), value])).toEqual([...expected]);
    await second.stop();
  });

  it('sends its key, and says so when the gateway requires one', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    const file = csvFile(['timestamp,value', '2013-12-02 21:15:00,1']);
    const { code, output } = await importFile(gateway, file);
    expect([code, output]).toEqual([2, expect.stringContaining('answers 401')]);
    expect(await importFile(gateway, file, '--key', ADMIN_KEY)).toEqual({
      code: 0,
      output: '1 sent, 1 accepted, 0 refused\n',
    });
    await gateway.stop();
  });

  it('ends on Ctrl+C with a summary, and continues when it runs again', async () => {
    const gateway = await Gateway.start();
    const { lines, expected } = monthWithRepeatedHour();
    const file = csvFile(lines);
    const command = ['dist/cli/predictionx.js', 'import', file, '--url', gateway.url];
    const child = new Child('node', [
      ...command,
      ...['--sensor', 'machine', '--zone', 'hall', '--batch-size', '1'],
    ]);
    await until(
      async () => ((await gateway.pipeline()).accepted > 500 ? true : undefined),
      'the import to be under way',
    );
    const { code } = await child.kill('SIGINT');
    const { output } = child;
    const [, accepted = ''] = /, (\d+) accepted, 0 refused/.exec(output) ?? [];
    expect([code, output]).toEqual([130, expect.stringContaining('Run the same command again')]);
    // Rows of a repeated time are one reading, so there may be up to twelve fewer than were accepted.
    const stored = (await importedReadings(gateway)).length;
    expect(stored).toBeLessThanOrEqual(Number(accepted));
    expect(stored).toBeGreaterThanOrEqual(Number(accepted) - 12);
    expect(stored).toBeLessThan(expected.size);

    expect((await importFile(gateway, file)).code).toBe(0);
    expect(await importedReadings(gateway)).toHaveLength(expected.size);
    await gateway.stop();
  });

  describe('that cannot begin', () => {
    let server: BadServer;

    beforeAll(async () => {
      server = await BadServer.start();
      server.answer = BadServer.status(404, '<html>no such page</html>');
    });
    afterAll(async () => {
      await server.stop();
    });

    const good = csvFile(['timestamp,value', '2013-12-02 21:15:00,1']);
    const url = (): string[] => ['--sensor', 's', '--zone', 'z', '--url', server.url];

    it.each<[string, () => string[], string]>([
      ['a file that is missing', () => ['no.csv', ...url()], 'no such file or directory'],
      ['no sensor', () => [good, '--zone', 'z'], "required option '--sensor <id>' not specified"],
      [
        'no URL',
        () => [good, ...url(), '--url', 'here'],
        '--url must be a URL such as http://127.0.0.1:8000',
      ],
      [
        'an unknown column',
        () => [good, ...url(), '--value-column', 'temp'],
        '--value-column is temp, but the file has no such column; the columns are timestamp, value',
      ],
      [
        'columns to choose from',
        () => [csvFile(['time,a,b', '0,1,2']), ...url()],
        '--value-column is needed: no column has one of the usual names; the columns are time, a, b',
      ],
      [
        'a server that is no gateway',
        () => [good, ...url()],
        'answers 404 (HTTP 404); is it a PredictionX gateway?',
      ],
      [
        'a batch of none',
        () => [good, ...url(), '--batch-size', '0'],
        'It must be a whole number from 1 to 9999',
      ],
    ])('says so for %s', async (_name, args, message) => {
      const { code, output } = await run('node', ['dist/cli/predictionx.js', 'import', ...args()]);
      expect(code).toBeGreaterThan(0);
      expect(output).toContain(message);
      expect(output).not.toContain(' at ');
    });
  });
});
