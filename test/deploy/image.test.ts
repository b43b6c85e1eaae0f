import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { run } from '../support/child.js';
import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { readDockerfile } from './dockerfile.js';
import { Image } from './image.js';

const READING = { sensorId: 'pump_1', zone: 'hall', value: 1, latencyMs: 2 };
const KEY = 'an-admin-key-of-32-characters-or-more';
const SIGNED = { authorization: `Bearer ${KEY}` };

describe('the image, built without Docker', () => {
  let image: Image;
  beforeAll(async () => {
    image = await Image.build();
  }, 900_000);
  afterAll(() => image.discard());

  it('is tested with the release of Node that it names', () => {
    const tried = execFileSync(findChecker('image-node') ?? '', ['--version'], { encoding: 'utf8' });
    const stages = readDockerfile().filter(({ keyword }) => keyword === 'FROM');
    expect(stages).toHaveLength(2);
    for (const { value } of stages)
      expect(value).toMatch(new RegExp(`^node:${/\d+/.exec(tried)?.[0] ?? '?'}-`));
  });

  it('contains the gateway and what it needs to run, but no sources and no development tools', () => {
    expect(readdirSync(image.path('/app')).sort()).toEqual([
      'dist',
      'healthcheck.mjs',
      'node_modules',
      'package.json',
    ]);
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    const has = (name: string): boolean => existsSync(image.path(`/app/node_modules/${name}`));
    expect(Object.keys(dependencies).filter((name) => !has(name))).toEqual([]);
    // Dependencies of a dependency may be there.
    expect(Object.keys(devDependencies).filter(has)).toEqual([]);
  });

  it('runs as a numeric user other than root, and receives signals directly', () => {
    expect(image.user).toBe('10001:10001');
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    const start = scripts.start.split(' ');
    expect(image.command({}).slice(-start.length)).toEqual(start);
  });

  it('starts on a read-only file system, accepts a reading, keeps it, and ends with code 0 on SIGTERM', async () => {
    const data = volume();
    const first = await start(image, data);
    expect(uidOf(first.pid)).toEqual(['10001', '10001', '10001', '10001']);
    await ready(first);
    expect((await first.post('/api/ingest', READING, SIGNED)).status).toBe(201);
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });

    const second = await start(image, data);
    const latest = await second.get('/api/latest/pump_1', { headers: SIGNED });
    expect(await latest.json()).toMatchObject({ ...READING, found: true });
    expect(await second.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(second.output).not.toMatch(/"level":(50|60)|EROFS|EACCES/);
  });

  it('is healthy while it answers, and unhealthy when it does not', async () => {
    const gateway = await start(image, volume());
    const { port } = new URL(gateway.url);
    expect(await health(image, { PORT: port })).toEqual({ code: 0, output: '' });
    await gateway.stop();
    expect(await health(image, { PORT: port })).toEqual({
      code: 1,
      output: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is healthy over HTTPS, too, with a certificate for another name', async () => {
    const files = certificate();
    const tls = { TLS_CERT: '/run/tls.crt', TLS_KEY: '/run/tls.key' };
    const env = { HOST: '127.0.0.1', PORT: '0', ...tls };
    const volumes = { '/data': volume(), '/run/tls.crt': files.cert, '/run/tls.key': files.key };
    const gateway = Gateway.launch({ DATA_DIR: '' }, image.command({ env, volumes, readOnly: true }));
    const [, port = ''] = await gateway.waitForOutput(/listens on https:\/\/[^:]+:(\d+)/);
    expect(await health(image, { PORT: port, ...tls })).toEqual({ code: 0, output: '' });
    expect((await health(image, { PORT: port })).code).toBe(1);
    await gateway.stop();
  });

  it('does not start without a key, because it listens on every network', async () => {
    const [program = '', ...args] = image.command({ volumes: { '/data': volume() }, readOnly: true });
    const { code, output } = await run(program, args);
    expect(code).toBe(1);
    expect(output).toContain('ADMIN_KEY');
  });

  it('creates keys inside the running container', async () => {
    const data = volume();
    const gateway = await start(image, data);
    const keys = [
      'node',
      'dist/cli/predictionx.js',
      'keys',
      'create',
      '--name',
      'Line 1',
      '--role',
      'device',
    ];
    const [program = '', ...args] = image.command({ volumes: { '/data': data }, readOnly: true }, keys);
    const { code, output } = await run(program, args);
    expect(code).toBe(0);
    const authorization = `Bearer ${/pxk_\S+/.exec(output)?.[0] ?? ''}`;
    expect((await gateway.post('/api/ingest', READING, { authorization })).status).toBe(201);
    await gateway.stop();
  });
});

/** A folder like a new volume: it belongs to the image's user. */
function volume(): string {
  const folder = emptyFolder();
  chownSync(folder, 10001, 10001);
  return folder;
}

/** Runs it as docker run --read-only does, on loopback and a free port. */
function start(image: Image, data: string): Promise<Gateway> {
  const secret = join(emptyFolder(), 'admin_key');
  writeFileSync(secret, `${KEY}\n`);
  const env = { HOST: '127.0.0.1', PORT: '0', ADMIN_KEY_FILE: '/run/admin_key' };
  const volumes = { '/data': data, '/run/admin_key': secret };
  return Gateway.start({ DATA_DIR: data }, image.command({ env, volumes, readOnly: true }));
}

/** Runs the image's HEALTHCHECK beside the gateway. */
function health(image: Image, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const [program = '', ...args] = image.command({ env, readOnly: true }, image.healthcheck);
  return run(program, args);
}

/** A self-signed certificate. */
function certificate(): { cert: string; key: string } {
  const folder = emptyFolder();
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const args = ['req', ...kind, '-subj', '/CN=gateway.example.com', '-out', cert, '-keyout', key];
  execFileSync('openssl', args, { stdio: 'ignore' });
  chmodSync(key, 0o644);
  return { cert, key };
}

async function ready(gateway: Gateway): Promise<void> {
  const ask = async (): Promise<true | undefined> =>
    (await gateway.get('/api/health/ready')).status === 200 ? true : undefined;
  await until(ask, 'the gateway to be ready');
}

/** Real, effective, saved and file system user id. */
function uidOf(pid: number): string[] {
  const [, ids = ''] = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ids.split('\t');
}
