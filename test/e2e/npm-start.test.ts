import { appendFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { Child, run } from '../support/child.js';
import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

/** A build takes ten seconds, and longer beside other tests. */
const BUILD_MS = 120_000;

describe('npm start', () => {
  it('builds what is stale and nothing else, starts, and says where to go', async () => {
    const checkout = await checkOut();
    const start = (): Promise<Gateway> =>
      Gateway.start({ LOG_FORMAT: 'pretty' }, ['npm', 'start', '--prefix', checkout], BUILD_MS);

    const first = await start();
    expect(first.output).toContain('Building …');
    expect(first.output).toContain(`its interface is shown at ${first.url}/api/docs`);
    const [, command = ''] = await first.waitForOutput(/Send a reading: (curl .*)\n/);
    expect((await run('sh', ['-c', `${command} --silent`])).output).toMatch(/^\{"success":true,.*\}$/);
    await first.stop();

    const dataDir = emptyFolder();
    const second = startOnTerminal(`npm start --prefix ${checkout}`, { PORT: '0', DATA_DIR: dataDir });
    await until(() => /Your data: [^\n]*\n/.exec(second.output) ?? undefined, 'the last line of a start');
    const [, url = ''] = /listens on (\S+);/.exec(second.output) ?? [];
    const lines = stripVTControlCharacters(second.output)
      .split(/\r?\n/)
      .flatMap((line) => (line.includes(' INFO: ') ? [line.replace(/^.*? INFO: /, '')] : []))
      // Said on a slow machine only.
      .filter((line) => !line.startsWith('Recovering what is on disk'));
    expect(lines).toEqual([
      `Open the page: ${url}/`,
      expect.stringContaining(`Send a reading: curl -X POST ${url}/api/ingest `),
      `Read it back: curl ${url}/api/latest/sensor_001`,
      `Show example data: npm run demo -- --url ${url} (in a second terminal)`,
      expect.stringMatching(/^PredictionX \S+ listens on \S+; its interface is shown at \S+\/api\/docs$/),
      expect.stringContaining('There is no key yet: '),
      expect.stringContaining(`Your data: the embedded store in ${dataDir}, which had no data: `),
    ]);
    expect(second.output).not.toContain('Building');
    await second.kill('SIGTERM');

    appendFileSync(join(checkout, 'src', 'main.ts'), '// changed\n');
    const third = await start();
    expect(third.output).toContain('Building …');
    await third.stop();
  }, 300_000);
});

/** Runs a command on a terminal of its own. */
function startOnTerminal(command: string, variables: Record<string, string>): Child {
  const args =
    process.platform === 'linux' ? ['-qec', command, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', command];
  return new Child('script', args, variables);
}

/** The files that a clone would have, over the dependencies installed here. */
async function checkOut(): Promise<string> {
  const folder = emptyFolder();
  const { output } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  for (const path of output.trim().split('\n')) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
