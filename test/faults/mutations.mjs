// Breaks the gateway on purpose, in a copy, and runs the part of the fault suite that must detect it.
//   node test/faults/mutations.mjs            all mutations
//   node test/faults/mutations.mjs "rules: "  those with this in their names
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const RULES = { test: ['faults/rules.test', '-t', 'of a gateway that is killed'], shows: /✕/ };
const MUTATIONS = [
  {
    name: 'acknowledged before the fsync',
    file: 'dist/journal/segment-writer.js',
    find: 'fdatasyncSync(fd);',
    replace: '',
    test: ['disk', '-t', 'loses its power'],
  },
  {
    name: "released before the store's answer",
    file: 'dist/pipeline/forwarder.js',
    find: 'await this.untilAnswered(() => this.writer.write(sent))',
    replace: '(void this.untilAnswered(() => this.writer.write(sent)), [])',
    test: ['kills', '-t', 'together with the gateway'],
  },
  {
    name: 'lanes not by sensor',
    file: 'dist/pipeline/lane.js',
    find: '(hash >>> 0) % lanes',
    replace: 'Math.floor(Math.random() * lanes)',
    test: ['overwrites'],
    shows: /✕/,
  },
  {
    name: 'rules: how they stand is not kept',
    file: 'dist/rules/local-rule-storage.js',
    find: 'this.putSensors(sensors);',
    replace: ';',
    ...RULES,
  },
  {
    name: 'rules: the journal does not wait for them',
    file: 'dist/journal/journal-retention.js',
    find: 'return Math.min(this.released.position, ...this.cursors.map(({ committed }) => committed));',
    replace: 'return this.released.position;',
    ...RULES,
  },
  {
    name: 'rules: ids of events at random',
    file: 'dist/rules/rule-events.js',
    find: '.update(what)',
    replace: '.update(what + Math.random())',
    ...RULES,
  },
  {
    name: 'rules: how they stand is kept before the events',
    file: 'dist/rules/rules-runner.js',
    find: 'this.pendingEvents = events;',
    replace: 'this.pendingEvents = events; await this.checkpoint();',
    ...RULES,
  },
];
const asked = process.argv[2] ?? '';

let missed = 0;
for (const { name, file, find, replace, test, shows = /\+ +"lost": [1-9]/ } of MUTATIONS) {
  if (!name.includes(asked)) continue;
  const copy = checkOut();
  const path = join(copy, file);
  const code = readFileSync(path, 'utf8');
  if (!code.includes(find)) throw new Error(`${file} does not hold "${find}"`);
  writeFileSync(path, code.replace(find, replace));
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    jest,
    '--selectProjects',
    'faults',
    '--runInBand',
    '--forceExit',
  ];
  const { status, stderr } = spawnSync(process.execPath, [...args, ...test], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 300_000,
  });
  // Only some failures count: the account must show that readings are lost.
  const caught = status === 1 && shows.test(stderr);
  const [lost = ''] = /"lost": [1-9]\d*/.exec(stderr) ?? [];
  console.log(`${caught ? 'caught' : 'MISSED'}: ${name} (${test.join(' ')}) ${lost}`);
  if (!caught) missed += 1;
  rmSync(copy, { recursive: true, force: true });
}
process.exit(missed === 0 ? 0 : 1);

/** A copy of the files in git, of the build, and a link to the installed dependencies. */
function checkOut() {
  const copy = mkdtempSync(join(tmpdir(), 'predictionx-mutation-'));
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const path of stdout.trim().split('\n')) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
