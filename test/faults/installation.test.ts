import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../support/child.js';
import { emptyFolder, ROOT } from '../support/environment.js';

/** What is loaded before everything else. */
const PACKAGES = ['better-sqlite3', 'bindings', 'file-uri-to-path'];
const BINARY = join('better-sqlite3', 'build', 'Release', 'better_sqlite3.node');

describe('an installation whose packages do not fit', () => {
  let folder: string;
  let binary: string;
  let packages: string;

  beforeAll(() => {
    folder = emptyFolder();
    packages = join(folder, 'node_modules');
    binary = join(packages, BINARY);
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    for (const name of PACKAGES) {
      // Without better-sqlite3's sources, which are large.
      const filter = (path: string): boolean => !/\/(deps|src|build)$/.test(path);
      cpSync(join(ROOT, 'node_modules', name), join(packages, name), { recursive: true, filter });
    }
    mkdirSync(join(binary, '..'), { recursive: true });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const commands: [string[], number][] = [
    [['dist/main.js'], 1],
    [['dist/cli/predictionx.js', 'start'], 1],
    [['dist/cli/predictionx.js', 'keys', 'list'], 2],
    [['dist/cli/predictionx.js', 'import', 'readings.csv'], 2],
  ];
  const expectLine = async (line: RegExp): Promise<void> => {
    for (const [command, code] of commands)
      expect(await run('node', command, {}, folder)).toEqual({ code, output: expect.stringMatching(line) });
  };

  it('names the Node that they were installed for', async () => {
    const source = join(import.meta.dirname, 'other-node.c');
    expect(await run('cc', ['-shared', '-fPIC', '-o', binary, source])).toEqual({ code: 0, output: '' });
    await expectLine(
      /^PredictionX cannot run: its packages were installed for Node 18 \(module version 108\), and this is Node v[\d.]+ \(module version \d+\): run "npm ci" in \/\S+ with this Node\n$/,
    );
  });

  it('says that a file of another system cannot be loaded', async () => {
    writeFileSync(binary, 'MZ, a file of another system');
    await expectLine(/^PredictionX cannot run: a package cannot be loaded, .*: run "npm ci" in .*\n$/);
  });

  it('says that the package was not compiled', async () => {
    rmSync(binary);
    await expectLine(
      /^PredictionX cannot run: the package better-sqlite3 was not compiled .*: run "npm ci" in .*\n$/,
    );
  });

  it('names a package that is missing, whichever comes first', async () => {
    cpSync(join(ROOT, 'node_modules', BINARY), binary);
    await expectLine(
      /^PredictionX cannot run: the package (reflect-metadata|commander) is not installed: run "npm ci" in .*\n$/,
    );
    rmSync(packages, { recursive: true });
    await expectLine(
      /^PredictionX cannot run: the package better-sqlite3 is not installed: run "npm ci" in .*\n$/,
    );
  });
});
