import { appendFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { run } from '../support/child.js';
import { emptyFolder, ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

describe('npm start', () => {
  it('builds what is stale and nothing else, starts, and says where to go', async () => {
    const checkout = await checkOut();
    const start = (): Promise<Gateway> =>
      Gateway.start({ LOG_FORMAT: 'pretty' }, ['npm', 'start', '--prefix', checkout]);

    const first = await start();
    expect(first.output).toContain('Building …');
    expect(first.output).toContain(`its interface is shown at ${first.url}/api/docs`);
    const [, command = ''] = await first.waitForOutput(/Send a reading: (curl .*)\n/);
    expect((await run('sh', ['-c', `${command} --silent`])).output).toMatch(/^\{"success":true,.*\}$/);
    await first.stop();

    const second = await start();
    expect(second.output).not.toContain('Building');
    await second.stop();

    appendFileSync(join(checkout, 'src', 'main.ts'), '// changed\n');
    const third = await start();
    expect(third.output).toContain('Building …');
    await third.stop();
  });
});

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
