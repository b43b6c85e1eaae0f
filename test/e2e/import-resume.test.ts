import { appendFileSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Child, run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { csvFile, importCommand, importedReadings } from './import.contract.js';

const ROWS = 6_000;
const FAR = '2199-01-01T00:00:00Z';
/** Small batches, so that a test can stop an import in the middle. */
const SLOWLY = ['--batch-size', '2'];

/** A minute for each row; every thousandth is in the far future, and the last five repeat the first five. */
function rowsOf(sensor: string, rows = ROWS): string[] {
  const lines = ['sensorId,zone,value,timestamp'];
  for (let row = 0; row < rows; row += 1) {
    const time = new Date(Date.UTC(2014, 0, 1, 0, row >= rows - 5 ? row - rows + 5 : row)).toISOString();
    lines.push(`${sensor},hall,${row},${row % 1_000 === 999 ? FAR : time}`);
  }
  return lines;
}

describe('import that was stopped', () => {
  let gateway: Gateway;
  let number = 0;

  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(() => gateway.stop());

  /** An import of a sensor of its own. */
  const newImport = (): { sensor: string; file: string; state: Record<string, string> } => {
    number += 1;
    const sensor = `machine_${number}`;
    return { sensor, file: csvFile(rowsOf(sensor)), state: { XDG_STATE_HOME: emptyFolder() } };
  };
  const start = (file: string, state: Record<string, string>, ...options: string[]): Child =>
    new Child('node', importCommand(gateway, file, ...options), state);
  const finish = (
    file: string,
    state: Record<string, string>,
    ...options: string[]
  ): Promise<{ code: number | null; output: string }> =>
    run('node', importCommand(gateway, file, ...options), state);
  /** Waits until the gateway has accepted more readings. */
  const more = async (readings: number): Promise<void> => {
    const { accepted } = await gateway.pipeline();
    await until(
      async () => ((await gateway.pipeline()).accepted > accepted + readings ? true : undefined),
      'the import to be under way',
    );
  };
  const stateFiles = ({ XDG_STATE_HOME = '' }: Record<string, string>): string[] =>
    readdirSync(join(XDG_STATE_HOME, 'predictionx', 'imports'));
  const expectAll = async (sensor: string): Promise<void> => {
    const values = (await importedReadings(gateway, sensor)).map(({ value }) => value);
    // The row that is first in the file was replaced by the fifth from its end.
    expect(values).toHaveLength(ROWS - 5 - 6 + 1);
    expect(values.slice(0, 6)).toEqual([5_995, 5_996, 5_997, 5_998, 4, 5]);
  };
  const WHOLE =
    /^6,000 rows: 5,994 accepted \((?:4|at most \d) replaced an earlier row\), 6 refused\n {2}lines 1001, 2001, 3001, 4001, 5001, 6001: timestamp must be .* \(TIMESTAMP_IN_FUTURE\)$/m;

  it('by Ctrl+C, by SIGTERM and by kill -9 goes on where it was, and its last summary covers the whole file', async () => {
    const { sensor, file, state } = newImport();
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 130],
      ['SIGKILL', null],
    ] as const) {
      const child = start(file, state, ...SLOWLY);
      await more(800);
      expect((await child.kill(signal)).code).toBe(code);
      if (signal !== 'SIGKILL') {
        expect(child.output).toMatch(/^[\d,]+ rows: [\d,]+ accepted .*, [\d,]+ refused/m);
        expect(child.output).toMatch(/^Stopped after line [\d,]+\. Run the same command again/m);
      }
      expect(stateFiles(state)).toHaveLength(1);
    }
    const before = (await gateway.pipeline()).accepted;
    const { code, output } = await finish(file, state);
    expect(code).toBe(1);
    const [, line = ''] = /^Goes on after line ([\d,]+), /m.exec(output) ?? [];
    expect(output).toMatch(WHOLE);
    const sent = (await gateway.pipeline()).accepted - before;
    expect(sent).toBeLessThan(ROWS - Number(line.replace(',', '')) + 1);
    expect(Number(line.replace(',', ''))).toBeGreaterThan(2_000);
    await expectAll(sensor);
    expect(stateFiles(state)).toEqual([]);
  });

  it('because the gateway was lost says so at once, goes on by itself, and gives up with an exit code', async () => {
    const { sensor, file, state } = newImport();
    const child = start(file, state, ...SLOWLY);
    await more(500);
    const { dataDir, url } = gateway;
    await gateway.stop('SIGKILL');
    await until(
      () => (child.output.includes(`${url}/ does not respond: `) ? true : undefined),
      'the command to say that it waits',
      5_000,
    );
    gateway = await Gateway.start({ DATA_DIR: dataDir, PORT: new URL(url).port });
    expect((await child.exited).code).toBe(1);
    expect(child.output).toMatch(/^Goes on: the gateway responds again$/m);
    expect(child.output).toMatch(WHOLE);
    await expectAll(sensor);
  });

  it('starts from the beginning for a changed file, other options, another gateway, or when it is told so', async () => {
    const { sensor, file, state } = newImport();
    const other = await Gateway.start();
    const stopped = async (...options: string[]): Promise<void> => {
      const child = start(file, state, ...SLOWLY, ...options);
      await more(100);
      await child.kill('SIGINT');
    };
    await stopped();
    const elsewhere = await run('node', importCommand(other, file), state);
    expect(elsewhere.output).not.toContain('Goes on');
    expect((await finish(file, state, '--comment', '%')).output).not.toContain('Goes on');
    expect((await finish(file, state, '--restart')).output).not.toContain('Goes on');
    expect((await finish(file, state)).output).not.toContain('Goes on');

    await stopped();
    const text = readFileSync(file, 'utf8');
    appendFileSync(file, `${sensor},hall,1,2014-06-01T00:00:00Z\n`);
    const grown = await finish(file, state);
    expect(grown.output).toMatch(/^The file has changed since .* this one starts from the beginning$/m);
    expect(grown.output).toMatch(/^6,001 rows: 5,995 accepted/m);

    writeFileSync(file, text);
    await stopped();
    utimesSync(file, new Date(), new Date(Date.now() + 60_000));
    expect((await finish(file, state)).output).toContain('The file has changed');

    // The same URL with an empty gateway behind it.
    await stopped();
    const { url } = gateway;
    await gateway.stop();
    gateway = await Gateway.start({ PORT: new URL(url).port });
    const { output } = await finish(file, state);
    expect(output).toMatch(/^The gateway has fewer readings than .* this one starts from the beginning$/m);
    expect(output).toMatch(WHOLE);
    await expectAll(sensor);
    await other.stop();
  });

  it('and has no folder for its progress warns, and works', async () => {
    const { sensor, file } = newImport();
    const { code, output } = await finish(file, { XDG_STATE_HOME: csvFile([]) });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^Progress cannot be saved in .*\/predictionx\/imports \(ENOTDIR: .*\), so after an interruption the import starts from the beginning/m,
    );
    expect(output).toMatch(WHOLE);
    await expectAll(sensor);
  });

  it('next to another import of the same file leaves a progress that is true', async () => {
    const { sensor, file, state } = newImport();
    const children = [1, 2, 3].map(() => start(file, state, ...SLOWLY));
    await more(600);
    const [first, second, third] = children;
    await first?.kill('SIGKILL');
    await second?.kill('SIGINT');
    await third?.exited;
    expect(third?.output).toMatch(WHOLE);
    const { output } = await finish(file, state);
    expect(output).toMatch(WHOLE);
    await expectAll(sensor);
  });
});
