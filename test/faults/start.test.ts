import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { BadServer } from '../support/bad-server.js';
import { run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, keysCommand, secretIn } from '../support/keys.js';
import { fillUp } from './fill-up.js';
import { Load } from './load.js';

const DATABASES = ['state.db', 'readings.db', 'system-log.db', 'rules.db', 'keys.db'];
/** What SQLite keeps beside them. */
const SIDE_FILES = [...DATABASES.flatMap((name) => [`${name}-wal`, `${name}-shm`]), 'lock.db-journal'];
const OTHERS = ['clock', 'clock.copy', 'lock.db', 'running.json', 'ballast'];
const READINGS = 50;

/** Creates something at a free path. */
type Put = (path: string) => void | Promise<void>;

const folder: Put = (path) => {
  mkdirSync(path);
  writeFileSync(join(path, 'file'), 'in a folder');
};
const link: Put = (path) => {
  symlinkSync('/nowhere/at/all', path);
};
const loop: Put = (path) => {
  symlinkSync(path, path);
};
const pipe: Put = async (path) => {
  expect(await run('mkfifo', [path])).toMatchObject({ code: 0 });
};
const socket: Put = async (path) => {
  const server = createServer();
  // Closing a socket deletes the name that it was created with.
  await new Promise<void>((resolve) => server.listen(`${path}.made`, resolve));
  renameSync(`${path}.made`, path);
  await new Promise((resolve) => server.close(resolve));
};

interface LogEntry {
  readonly type: string;
  readonly message: string;
}

async function criticals(gateway: Gateway): Promise<string[]> {
  return ((await gateway.json('/api/logs?type=critical')) as LogEntry[]).map(({ message }) => message);
}

async function send(gateway: Gateway, sensorId: string, value = 1): Promise<string> {
  const response = await gateway.post('/api/ingest', { sensorId, zone: 'z', value, latencyMs: 1 });
  expect(response.status).toBe(201);
  return ((await response.json()) as { timestamp: string }).timestamp;
}

describe('a start over DATA_DIR', () => {
  let original: string;

  // It was stopped, with stored readings, a rule and a key.
  beforeAll(async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    for (let value = 0; value < READINGS; value += 1) await send(gateway, 's', value);
    await gateway.post('/api/rules', { kind: 'above', threshold: 1e6 });
    await gateway.post('/api/keys', { name: 'A', role: 'admin' });
    await gateway.settled();
    await gateway.stop();
    original = gateway.dataDir;
  });

  const copy = (): string => {
    const dataDir = emptyFolder();
    cpSync(original, dataDir, { recursive: true });
    return dataDir;
  };
  const open = async (dataDir: string, variables: Record<string, string> = {}): Promise<Gateway> => {
    const gateway = await Gateway.start({ DATA_DIR: dataDir, ADMIN_KEY, ...variables });
    gateway.key = ADMIN_KEY;
    return gateway;
  };
  const aside = (dataDir: string): string[] => readdirSync(join(dataDir, 'damaged'));
  /** What a start that fails says, in one message. */
  const failure = async (variables: Record<string, string>, command?: readonly string[]): Promise<string> => {
    const gateway = Gateway.launch({ ADMIN_KEY, ...variables }, command);
    expect(await gateway.exit()).toMatchObject({ code: 1 });
    const lines = gateway.output.split('\n').filter((line) => /"level":[56]0/.test(line));
    expect(lines).toHaveLength(1);
    const { err, msg } = JSON.parse(lines[0] ?? '{}') as { err?: unknown; msg: string };
    expect(err).toBeUndefined();
    return msg;
  };

  describe.each<[string, Put, Put]>([
    ['a folder', folder, pipe],
    ['a link that leads nowhere', link, link],
    ['a link to itself', loop, loop],
    ['a pipe', pipe, pipe],
    ['a socket', socket, socket],
  ])('with %s in the place of files', (_, put, putForFolder) => {
    let files: Gateway;
    let sides: Gateway;
    let reported: string[];

    const replace = async (path: string, putThere: Put): Promise<void> => {
      rmSync(path, { force: true, recursive: true });
      await putThere(path);
    };

    beforeAll(async () => {
      const [filesDir, sidesDir] = [copy(), copy()];
      for (const name of [...DATABASES, ...OTHERS]) await replace(join(filesDir, name), put);
      for (const name of SIDE_FILES) await replace(join(sidesDir, name), put);
      await replace(join(sidesDir, 'damaged'), putForFolder);
      [files, sides] = await Promise.all([open(filesDir), open(sidesDir)]);
      reported = [...(await criticals(files)), ...(await criticals(sides))];
    });
    afterAll(async () => {
      await Promise.all([files.stop(), sides.stop()]);
    });

    const expectAside = (gateway: Gateway, name: string): void => {
      expect(aside(gateway.dataDir)).toContainEqual(expect.stringMatching(`^${name}-\\d+$`));
      expect(reported).toContainEqual(
        expect.stringMatching(
          `^${name} was (damaged|not a file|not a folder) and was moved to /.*/damaged/${name}-\\d+`,
        ),
      );
    };

    it.each([...DATABASES, ...OTHERS])('moves aside what is at %s, and says so', (name) => {
      expectAside(files, name);
    });

    it.each([...SIDE_FILES, 'damaged'])('moves aside what is at %s, and says so', (name) => {
      expectAside(sides, name);
    });

    it('serves what it has, and accepts more', async () => {
      expect(await files.pipeline()).toMatchObject({ accepted: 0, stored: 0, damaged: READINGS });
      expect(await sides.pipeline()).toMatchObject({ accepted: READINGS, stored: READINGS, damaged: 0 });
      expect(await sides.json('/api/rules')).toHaveLength(1);
      expect(await sides.json('/api/keys')).toHaveLength(1);
      for (const gateway of [files, sides]) {
        await send(gateway, 't');
        await gateway.settled();
        expect(await gateway.json('/api/readings/t')).toHaveLength(1);
      }
    });
  });

  describe.each<[string, (path: string) => void]>([
    [
      'empty',
      (path) => {
        truncateSync(path, 0);
      },
    ],
    [
      'cut to a byte',
      (path) => {
        truncateSync(path, 1);
      },
    ],
    [
      "other programs'",
      (path) => {
        rmSync(path);
        const db = new Database(path);
        db.exec('CREATE TABLE sensors (song TEXT); CREATE TABLE keys (piano INTEGER)');
        db.close();
      },
    ],
    [
      'of an impossible version',
      (path) => {
        const db = new Database(path);
        db.pragma('user_version = -7');
        db.close();
      },
    ],
  ])('with files that are %s', (_, spoil) => {
    it('moves them aside, reports it, and starts with new files', async () => {
      const dataDir = copy();
      const names = ['readings.db', 'rules.db', 'keys.db', 'state.db'];
      for (const name of names) spoil(join(dataDir, name));
      const gateway = await open(dataDir);
      const reported = await criticals(gateway);
      for (const name of names)
        expect(reported).toContainEqual(
          expect.stringMatching(`^${name} was damaged and was moved to /.*/damaged/${name}-\\d+`),
        );
      expect(await gateway.pipeline()).toMatchObject({ accepted: 0, stored: 0, damaged: READINGS });
      await send(gateway, 't');
      await gateway.stop();
    });
  });

  it('of a newer gateway says which one to start, and changes nothing', async () => {
    const dataDir = copy();
    for (const name of DATABASES) {
      const db = new Database(join(dataDir, name));
      db.pragma('user_version = 99');
      db.close();
    }
    expect(await failure({ DATA_DIR: dataDir })).toMatch(
      /^Cannot open .*\.db: it was written by a newer gateway \(schema 99, this one knows \d+\)\. Start that newer version/,
    );
    expect(existsSync(join(dataDir, 'damaged'))).toBe(false);
  });

  it('ignores a saved time that would soon exceed a safe number', async () => {
    const dataDir = copy();
    writeFileSync(join(dataDir, 'clock'), '9999999999999999\n');
    const gateway = await open(dataDir);
    expect(Math.abs(Date.parse(await send(gateway, 't')) - Date.now())).toBeLessThan(60_000);
    await gateway.stop();
  });

  describe('that a disk cannot read', () => {
    const library = join(emptyFolder(), 'unreadable.so');

    beforeAll(async () => {
      const source = join(import.meta.dirname, 'unreadable.c');
      expect(await run('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])).toEqual({
        code: 0,
        output: '',
      });
    });

    it.each<readonly [string, number]>([
      ...DATABASES.flatMap((name) => [[name, 0] as const, [name, 4096] as const]),
      ['clock', 0],
      ['clock.copy', 0],
      ['lock.db', 0],
    ])('in %s from byte %i on says so, and treats no sound file as damaged', async (name, from) => {
      const dataDir = copy();
      const before = readFileSync(join(dataDir, name));
      const faults = { LD_PRELOAD: library, FAULT_READ_OF: `/${name}`, FAULT_READ_FROM: String(from) };
      expect(await failure({ DATA_DIR: dataDir, ...faults })).toMatch(
        `The disk failed at ${join(dataDir, name)}: `,
      );
      expect(existsSync(join(dataDir, 'damaged'))).toBe(false);
      expect(readFileSync(join(dataDir, name))).toEqual(before);
    });

    it.each([0, 100])(
      'in a segment from byte %i on says so, and the next start has its readings',
      async (from) => {
        const away = { INFLUXDB_URL: 'http://127.0.0.1:9', INFLUXDB_TOKEN: 't', INFLUXDB_ORG: 'o' };
        const first = await Gateway.start({ ADMIN_KEY, ...away });
        first.key = ADMIN_KEY;
        for (let value = 0; value < READINGS; value += 1) await send(first, 's', value);
        await first.stop('SIGKILL');
        const { dataDir } = first;
        const segments = readdirSync(join(dataDir, 'journal')).filter((name) => name.endsWith('.seg'));
        expect(segments).toHaveLength(1);
        const faults = { LD_PRELOAD: library, FAULT_READ_OF: '.seg', FAULT_READ_FROM: String(from) };
        const said = await failure({ DATA_DIR: dataDir, ...away, ...faults });
        expect(said).toMatch(`The disk failed at ${join(dataDir, 'journal')}: EIO: i/o error, read '`);
        expect(said).toContain(`${segments[0]}' (EIO). The file was not moved or changed. `);
        expect(existsSync(join(dataDir, 'damaged'))).toBe(false);
        const second = await open(dataDir, away);
        expect(await second.pipeline()).toMatchObject({ accepted: READINGS, queued: READINGS, damaged: 0 });
        await second.stop();
      },
    );
  });

  describe('where keys were created', () => {
    it('opens to nobody when keys.db is damaged and the mark is gone, too', async () => {
      const dataDir = copy();
      rmSync(join(dataDir, 'protected'));
      writeFileSync(join(dataDir, 'keys.db'), 'garbage'.repeat(1_000));
      for (let start = 0; start < 2; start += 1) {
        const gateway = await Gateway.start({ DATA_DIR: dataDir });
        expect((await gateway.get('/api/latest')).status).toBe(401);
        await gateway.stop();
      }
      const made = await keysCommand(dataDir, 'create', '--name', 'B', '--role', 'admin');
      const gateway = await Gateway.start({ DATA_DIR: dataDir });
      gateway.key = secretIn(made.output);
      expect(await criticals(gateway)).toContainEqual(
        expect.stringMatching(/^keys\.db was damaged .* every request needs a new key; make new keys with/),
      );
      await gateway.stop();
    });

    it.each<[string, Put]>([
      ['a folder', folder],
      ['a link that leads nowhere', link],
      ['a pipe', pipe],
      [
        'garbage',
        (path) => {
          writeFileSync(path, Buffer.from([0, 255]));
        },
      ],
    ])('accepts %s of its name as the mark', async (_, put) => {
      const dataDir = copy();
      rmSync(join(dataDir, 'keys.db'));
      rmSync(join(dataDir, 'protected'));
      await put(join(dataDir, 'protected'));
      const gateway = await Gateway.start({ DATA_DIR: dataDir });
      expect((await gateway.get('/api/latest')).status).toBe(401);
      await gateway.stop();
    });

    it('lets the command line create keys with a pipe in the place of files', async () => {
      const dataDir = copy();
      rmSync(join(dataDir, 'keys.db'));
      for (const name of ['keys.db', 'keys.db-wal', 'keys.db-shm', 'damaged'])
        await pipe(join(dataDir, name));
      const made = await keysCommand(dataDir, 'create', '--name', 'B', '--role', 'admin');
      expect(made).toMatchObject({ code: 0, output: expect.stringContaining('keys.db was damaged') });
    });
  });

  /** A gateway that does not run as root. */
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'node', 'dist/main.js'];

  describe('that is not a writable folder', () => {
    const mounted: string[] = [];
    afterAll(() => {
      for (const place of mounted) spawnSync('umount', [place]);
    });

    it.each<[string, (place: string) => string, string, readonly string[] | undefined]>([
      [
        'a file',
        (place) => {
          writeFileSync(join(place, 'file'), '');
          return join(place, 'file');
        },
        'is not a folder',
        undefined,
      ],
      [
        'below a file',
        (place) => {
          writeFileSync(join(place, 'file'), '');
          return join(place, 'file', 'data');
        },
        'a part of the path is not a folder',
        undefined,
      ],
      [
        "below another user's folder",
        (place) => join(place, 'data'),
        'belongs to user 0 (root) and group 0, with mode 0700, and this process runs as user 65534 and group 65534. Let that user pass through it, or name a path that it can reach',
        asNobody,
      ],
      [
        'that cannot be made',
        (place) => {
          chmodSync(place, 0o755);
          return join(place, 'data');
        },
        'Make it for that user, as root: install -d -o 65534 -g 65534 -m 700 /',
        asNobody,
      ],
      [
        "another user's folder",
        (place) => {
          chmodSync(place, 0o755);
          return place;
        },
        'Give it to that user: chown 65534:65534 /',
        asNobody,
      ],
      [
        'on a read-only disk',
        (place) => {
          expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', place]).status).toBe(0);
          mounted.push(place);
          return place;
        },
        'is on a disk that is mounted read-only. Mount it for writing',
        undefined,
      ],
      ['where nothing can be made', () => '/proc/data', 'cannot be used: ', undefined],
    ])('%s: says so', async (_, make, reason, command) => {
      const dataDir = make(emptyFolder());
      const output = await failure({ DATA_DIR: dataDir }, command);
      expect(output).toContain(`DATA_DIR ${dataDir} `);
      expect(output).toContain(reason);
      expect(output).not.toContain('\n');
    });

    /** Gives a folder to the user nobody, but not all of its files. */
    const giveAllBut = (dataDir: string, pattern: RegExp): string[] => {
      const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
      for (const name of ['.', ...names])
        if (!pattern.test(name)) chownSync(join(dataDir, name), 65534, 65534);
      return names.filter((name) => pattern.test(name)).map((name) => join(dataDir, name));
    };

    it.each([
      ['a database', /^state\.db$/],
      ['a segment', /\.seg$/],
      ['the checkpoint of the journal', /noted$/],
      ['a clock', /^clock$/],
    ])("says that %s is another user's, and what to do", async (_, pattern) => {
      const dataDir = copy();
      writeFileSync(join(dataDir, 'journal', '00000000000000000001.seg'), '', { mode: 0o600 });
      const [path = ''] = giveAllBut(dataDir, pattern);
      const output = await failure({ DATA_DIR: dataDir }, asNobody);
      expect(output).toContain(
        `${path} belongs to user 0 (root) and group 0, with mode 0600, and this process runs as user 65534`,
      );
      expect(output).toMatch(/chown (-R )?65534:65534 \//);
    });

    it('counts the other files that a start as root has left', async () => {
      const dataDir = copy();
      giveAllBut(dataDir, /\.db$/);
      expect(await failure({ DATA_DIR: dataDir }, asNobody)).toMatch(
        `DATA_DIR ${dataDir} cannot be used (4 more of its files are like that): `,
      );
      const keys = [...asNobody.slice(1, -1), 'dist/cli/predictionx.js', 'keys', 'list'];
      expect(await run('setpriv', keys, { DATA_DIR: dataDir })).toEqual({
        code: 2,
        output: expect.stringMatching(/^error: .*keys\.db belongs to user 0 \(root\) .*\n$/),
      });
    });
  });

  describe('and files that an operator names', () => {
    it('names the one that its user may not read', async () => {
      const [file, other] = [join(emptyFolder(), 'secret'), join(emptyFolder(), 'secret')];
      for (const path of [file, other]) writeFileSync(path, 'secret', { mode: 0o600 });
      chmodSync(join(file, '..'), 0o755);
      const mayNot = (path: string): string =>
        `${path} belongs to user 0 (root) and group 0, with mode 0${path === file ? 6 : 7}00, and this process runs as user 65534`;
      const variables: readonly Record<string, string>[] = [
        { TLS_CERT: file, TLS_KEY: file },
        { INFLUXDB_TOKEN_FILE: file, INFLUXDB_URL: 'http://127.0.0.1:9', INFLUXDB_ORG: 'o' },
        { LINE_MAPPING: file },
      ];
      const dataDir = emptyFolder();
      chownSync(dataDir, 65534, 65534);
      for (const one of variables)
        expect(await failure({ DATA_DIR: dataDir, ...one }, asNobody)).toContain(mayNot(file));
      expect(await failure({ TLS_CERT: other, TLS_KEY: file }, asNobody)).toContain(
        mayNot(join(other, '..')),
      );
      const args = [...asNobody.slice(1, -1), 'dist/cli/predictionx.js', 'import', file];
      expect(await run('setpriv', args)).toEqual({ code: 2, output: expect.stringContaining(mayNot(file)) });
    });
  });

  it('that was removed while the gateway runs lets it stop normally', async () => {
    const gateway = await open(copy());
    rmSync(join(gateway.dataDir, 'running.json'));
    mkdirSync(join(gateway.dataDir, 'running.json'));
    expect(await gateway.stop()).toMatchObject({ code: 0 });
    expect(gateway.output).toContain('so the next start will report an unclean stop');
    expect(gateway.output).toContain('"Stopped"');
  });

  describe('on a disk that was full when the gateway was killed', () => {
    let disk: string;
    let dataDir: string;
    let server: BadServer;

    beforeEach(async () => {
      server = await BadServer.start();
      disk = emptyFolder();
      expect(await run('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', disk])).toMatchObject({ code: 0 });
      dataDir = join(disk, 'data');
    });
    afterEach(async () => {
      await server.stop();
      await run('umount', ['-l', disk]);
    });

    const start = (variables: Record<string, string>): Promise<Gateway> =>
      Gateway.start({ DATA_DIR: dataDir, DISK_RESERVE_BYTES: String(2 << 20), ...variables });
    const untilBallast = (): Promise<true> =>
      until(
        () => (existsSync(join(dataDir, 'ballast')) ? true : undefined),
        'the ballast to come back',
        30_000,
      );

    /** Queues readings, fills the disk, kills the gateway, and fills what that left. */
    const queueFillAndKill = async (gateway: Gateway, load: Load): Promise<void> => {
      for (let batch = 0; batch < 20; batch += 1) await load.sendBatch(gateway, 1_000);
      expect((await gateway.pipeline()).queued).toBe(20_000);
      fillUp(join(disk, 'filler'));
      await gateway.stop('SIGKILL');
      fillUp(join(disk, 'filler2'));
    };

    it('serves, and forwards what is queued to InfluxDB', async () => {
      server.answer = BadServer.status(503);
      const load = new Load(10, 'full');
      await queueFillAndKill(await start(server.variables), load);
      const gateway = await start(server.variables);
      server.answer = (response, path) => {
        response.writeHead(path.startsWith('/api/v2/write') ? 204 : 200).end();
      };
      expect(await gateway.pipeline()).toMatchObject({ accepted: 20_000, damaged: 0 });
      await gateway.settled();
      expect(await gateway.pipeline()).toMatchObject({ stored: 20_000, damaged: 0 });
      rmSync(join(disk, 'filler'));
      await untilBallast();
      expect(await load.sendBatch(gateway, 1)).toBe(true);
      await gateway.stop();
      expect(existsSync(join(dataDir, 'damaged'))).toBe(false);
    });

    it('serves, and moves what is queued to the embedded store', async () => {
      const first = await start({});
      // A held lock keeps the embedded store from writing anything.
      const lock = new Database(join(dataDir, 'readings.db'));
      lock.exec('BEGIN IMMEDIATE');
      const load = new Load(10, 'full');
      await queueFillAndKill(first, load);
      lock.close();
      fillUp(join(disk, 'filler3'));
      const gateway = await start({});
      await gateway.settled();
      expect(await gateway.pipeline()).toMatchObject({ accepted: 20_000, stored: 20_000, damaged: 0 });
      rmSync(join(disk, 'filler'));
      await untilBallast();
      await gateway.stop();
    });

    it('says how much space it needs when nothing more can be freed', async () => {
      const gateway = await start({});
      await gateway.stop('SIGKILL');
      for (const name of readdirSync(dataDir).filter((file) => /^ballast$|-shm$/.test(file)))
        rmSync(join(dataDir, name));
      fillUp(join(disk, 'filler'));
      expect(await failure({ DATA_DIR: dataDir })).toMatch(
        new RegExp(
          `^The disk has no space for ${dataDir}/[a-z-]+\\.db: 0 bytes are free, and a start needs 1048576\\. Free some space`,
        ),
      );
      rmSync(join(disk, 'filler'));
      const again = await start({});
      expect(await criticals(again)).toEqual([]);
      await again.stop();
    });
  });
});
