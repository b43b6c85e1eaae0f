import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { csvFile, fileWith, importCommand, importedReadings, importFile } from './import.contract.js';
import { ProxiedImports } from './proxied-imports.js';

const HEADER = 'sensorId,zone,value,timestamp';

function rowsOf(sensor: string, rows: number): string[] {
  return Array.from(
    { length: rows },
    (_, row) => `${sensor},hall,${row},${new Date(Date.UTC(2014, 0, 1, 0, 0, row)).toISOString()}`,
  );
}

describe('import of a file', () => {
  const imports = new ProxiedImports();
  const { send } = imports;
  const stateFiles = (): string[] =>
    readdirSync(join(imports.state.XDG_STATE_HOME ?? '', 'predictionx', 'imports'));

  it.each<[string, (file: string) => void, RegExp]>([
    [
      'cut',
      (file) => truncateSync(file, 600_000),
      /it had [\d,]+ bytes at the beginning, and has 600,000 now/,
    ],
    ['emptied', (file) => truncateSync(file, 0), /is empty/],
    [
      'appended to',
      (file) => appendFileSync(file, 'cut,hall,1'),
      /it had [\d,]+ bytes at the beginning, and has 1,140,93\d now/,
    ],
    ['removed', (file) => rmSync(file), /no such file or directory/],
    [
      'replaced',
      (file) => {
        writeFileSync(`${file}.new`, readFileSync(file, 'utf8').replaceAll('replaced', 'instead!'));
        renameSync(`${file}.new`, file);
      },
      /it was written to, or replaced/,
    ],
  ])('that is %s meanwhile does not end as if it was whole', async (name, change, message) => {
    const file = csvFile([HEADER, ...rowsOf(name.replace(' ', '_'), 24_000)]);
    imports.proxy.interfere = ({ write }) => {
      if (write === 1) change(file);
      return undefined;
    };
    const { code, output } = await send(file, '--batch-size', '1000');
    expect(code).toBe(2);
    expect(output).toMatch(
      /^error: The file changed while it was read: .*Import it when nothing writes to it$/m,
    );
    expect(output).toMatch(message);
    expect(output).toContain(
      '\nIt must be imported from its beginning again; equal readings are stored once\n',
    );
    expect(stateFiles()).toEqual([]);
  });

  it('that is a gzip file without its end sends the rows before, and says that it is cut off', async () => {
    const rows = Array.from(
      { length: 9_000 },
      (_, row) => `packed,hall,${Math.sin(row)},${new Date(Date.UTC(2014, 0, 1, 0, 0, row)).toISOString()}`,
    );
    const packed = gzipSync([HEADER, ...rows].join('\n'));
    const folder = emptyFolder();
    const file = join(folder, 'cut.csv.gz');
    writeFileSync(file, packed.subarray(0, packed.length - 5_000));
    const { code, output } = await send(file, '--batch-size', '10000');
    expect(code).toBe(2);
    const [, accepted = '', line = ''] =
      /^([\d,]+) rows: \1 accepted \(0 replaced an earlier row\), 0 refused\nStopped after line ([\d,]+)\. The rows up to there are sent, and none after it$/m.exec(
        output,
      ) ?? [];
    expect(output).toMatch(/^error: .*cut\.csv\.gz: the gzip file is cut off: its end is missing$/m);
    const count = Number(accepted.replace(',', ''));
    expect(count).toBeGreaterThan(5_000);
    expect(Number(line.replace(',', ''))).toBe(count + 1);
    expect((await importedReadings(imports.gateway, 'packed')).map(({ value }) => value)).toEqual(
      Array.from({ length: count }, (_, row) => Math.sin(row)),
    );
  });

  it('without a place for its progress says which, works, and promises nothing', async () => {
    const file = csvFile([HEADER, ...rowsOf('placeless', 4)]);
    imports.state = { XDG_STATE_HOME: '/proc/none' };
    const whole = await send(file, '--batch-size', '1');
    expect(whole.code).toBe(0);
    expect(whole.output).toMatch(
      /^Progress cannot be saved in \/proc\/none\/predictionx\/imports \(ENOENT: .*\), so after an interruption the import starts from the beginning/,
    );
    imports.proxy.reset();
    imports.proxy.interfere = ({ write }) =>
      write > 2 ? (response) => response.writeHead(404).end() : undefined;
    const stopped = await send(file, '--batch-size', '1');
    expect(stopped.code).toBe(2);
    expect(stopped.output).toContain(
      'run the same command again: it starts from the beginning, and no reading',
    );
  });

  it('goes on with the same options in another order, and removes what a kill left', async () => {
    const file = csvFile([
      'value,timestamp',
      ...rowsOf('x', 6).map((row) => row.split(',').slice(2).join(',')),
    ]);
    imports.proxy.interfere = ({ write }) =>
      write > 2 ? (response) => response.writeHead(404).end() : undefined;
    const sensor = ['--sensor', 'ordered'];
    const zone = ['--zone', 'hall'];
    expect((await send(file, ...sensor, ...zone, '--batch-size', '2')).code).toBe(2);
    const folder = join(imports.state.XDG_STATE_HOME ?? '', 'predictionx', 'imports');
    const [kept = ''] = stateFiles();
    const old = new Date(Date.now() - 3_600_000);
    for (const name of ['old', 'new']) writeFileSync(join(folder, `${kept}.${name}.tmp`), '');
    utimesSync(join(folder, `${kept}.old.tmp`), old, old);
    imports.proxy.reset();
    const { code, output } = await run(
      'node',
      ['dist/cli/predictionx.js', 'import', ...zone, ...sensor, '--url', `${imports.proxy.url}/`, file],
      imports.state,
    );
    expect([code, output]).toEqual([0, expect.stringMatching(/^Goes on after line 5, /)]);
    expect(imports.proxy.writes).toHaveLength(1);
    expect(stateFiles()).toEqual([`${kept}.new.tmp`]);
  });

  it('with a column for each sensor counts readings', async () => {
    const file = csvFile(['timestamp,in,out', '2014-01-01,1,2', '2014-01-02,3,', '2014-01-03,x,5']);
    const options = ['--wide', '--zone', 'hall'];
    const { code, output } = await importFile(imports.gateway, file, ...options);
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(
        /^5 readings: 4 accepted \(0 replaced an earlier reading\), 1 refused\n {2}line 4: column "in": .*\n$/,
      ),
    ]);
    const dry = await importFile(imports.gateway, file, ...options, '--dry-run');
    expect(dry.output).toContain(
      '\n5 readings: 4 can be sent (0 would replace an earlier reading), 1 refused\n',
    );
  });

  it.each([
    ['-', /^error: - is no file, and an import cannot read what another program writes/],
    ['/dev/stdin', /^error: \/dev\/stdin is a pipe or a device, and an import cannot/],
    [fileWith(''), /^error: .*readings\.csv is empty$/m],
  ])('that cannot be read twice is refused: %s', async (file, message) => {
    const command = importCommand(imports.proxy, file, '--sensor', 's', '--zone', 'z');
    const { code, output } = await run(
      'sh',
      ['-c', `echo 'value,timestamp' | node ${command.join(' ')}`],
      imports.state,
    );
    expect([code, output]).toEqual([2, expect.stringMatching(message)]);
  });

  it.each<[string, string[], string]>([
    ['no file', [], "missing required argument 'file'"],
    ['two files', ['a.csv', 'b.csv'], 'too many arguments'],
    ['an unknown option', ['a.csv', '--frob'], "unknown option '--frob'"],
    ['an option without its value', ['a.csv', '--zone'], "option '--zone <zone>' argument missing"],
    ['a wrong choice', ['a.csv', '--format', 'xml'], 'Allowed choices are csv, ndjson, annotated'],
    ['a wrong number', ['a.csv', '--batch-size', '0'], 'It must be a whole number from 1 to 10000'],
    [
      'options of which one does nothing',
      ['package.json', '--format', 'ndjson', '--delimiter', ';'],
      '--delimiter is for CSV files',
    ],
  ])('is not begun with %s, and ends with 2', async (_name, args, message) => {
    const { code, output } = await run('node', ['dist/cli/predictionx.js', 'import', ...args], imports.state);
    expect([code, output]).toEqual([2, expect.stringContaining(message)]);
  });
});
