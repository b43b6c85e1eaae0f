import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readlinkSync,
  lstatSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { run } from '../support/child.js';
import { emptyFolder, ROOT } from '../support/environment.js';
import { filesOfTheBuild, type Instruction, readDockerfile } from './dockerfile.js';

/** A stage of the Dockerfile: a folder that a process sees as its whole file system. */
interface Stage {
  readonly root: string;
  readonly env: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: string[];
  healthcheck: string[];
}

/** How a process is run in it, beyond what the image says. */
interface RunOptions {
  readonly env?: Record<string, string>;
  /** Folders of this machine, by the path where the process sees them. */
  readonly volumes?: Record<string, string>;
  /** As docker run --read-only: nothing can be written but volumes. */
  readonly readOnly?: boolean;
}

/** Where the process finds this machine's npm, and Node in the release that the image has. */
const TOOLS = '/opt/tools';

/**
 * The image, built from the Dockerfile's instructions without Docker: a stage is a folder, and commands
 * run in it with chroot, over this machine's /usr. What the base image and apt-get would install comes from this machine.
 */
export class Image {
  private constructor(
    private readonly stage: Stage,
    private readonly folders: readonly string[],
  ) {}

  /** Takes minutes: native modules are compiled. @throws Error with the output of a command that failed */
  static async build(): Promise<Image> {
    const context = emptyFolder();
    for (const file of filesOfTheBuild()) cpSync(join(ROOT, file), join(context, file), { recursive: true });
    const stages = new Map<string, Stage>();
    let stage: Stage | undefined;
    for (const instruction of readDockerfile()) {
      if (instruction.keyword === 'FROM') {
        stage = newStage();
        stages.set(/ AS (\S+)$/.exec(instruction.value)?.[1] ?? 'final', stage);
      } else if (stage) {
        await carryOut(instruction, stage, (name) => (name === undefined ? context : stages.get(name)?.root));
      }
    }
    if (!stage) throw new Error('deploy/Dockerfile has no FROM');
    return new Image(stage, [context, ...[...stages.values()].map(({ root }) => root)]);
  }

  /** Deletes all that was made, some hundred megabytes. */
  discard(): void {
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }

  /** A path of this machine for a path in the image. */
  path(path: string): string {
    return join(this.stage.root, path);
  }

  get user(): string {
    return this.stage.user;
  }

  /** The command that runs the image as its ENTRYPOINT says, or something else in it. */
  command(options: RunOptions, command: readonly string[] = this.stage.entrypoint): string[] {
    return commandIn(this.stage, command, options);
  }

  /** The command of its HEALTHCHECK. */
  get healthcheck(): readonly string[] {
    return this.stage.healthcheck;
  }
}

function newStage(): Stage {
  const root = emptyFolder();
  chmodSync(root, 0o755);
  for (const folder of ['usr', 'etc', 'dev', 'proc', 'root', 'run', 'tmp', TOOLS])
    mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    if (existsSync(`/${name}`) && lstatSync(`/${name}`).isSymbolicLink())
      symlinkSync(readlinkSync(`/${name}`), join(root, name));
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  mkdirSync(join(root, TOOLS, 'bin'));
  symlinkSync('../npm/bin/npm-cli.js', join(root, TOOLS, 'bin', 'npm'));
  return { root, env: {}, workdir: '/', user: '0:0', entrypoint: [], healthcheck: [] };
}

async function carryOut(
  { keyword, value }: Instruction,
  stage: Stage,
  rootOf: (stage?: string) => string | undefined,
): Promise<void> {
  switch (keyword) {
    case 'WORKDIR':
      stage.workdir = value;
      mkdirSync(join(stage.root, value), { recursive: true });
      return;
    case 'ENV':
      for (const [, name = '', text = ''] of value.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = text;
      return;
    case 'COPY':
      copy(value, stage, rootOf);
      return;
    case 'RUN':
      // Debian's packages are those of this machine; a missing one shows when it is used.
      return value.startsWith('apt-get ') ? undefined : runStep(value, stage);
    case 'USER':
      stage.user = value;
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(value) as string[];
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = JSON.parse(/ CMD (.*)$/.exec(value)?.[1] ?? '') as string[];
      return;
    case 'ARG':
    case 'LABEL':
    case 'VOLUME':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`test/deploy/image.ts does not know ${keyword}`);
  }
}

function copy(value: string, stage: Stage, rootOf: (stage?: string) => string | undefined): void {
  const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(value) ?? [];
  const sources = paths.split(' ');
  const target = sources.pop() ?? '';
  const root = rootOf(from);
  if (root === undefined) throw new Error(`COPY ${value}: there is no stage ${from ?? ''}`);
  for (const source of sources) {
    const to = join(
      stage.root,
      resolve(stage.workdir, target),
      target.endsWith('/') ? (source.split('/').pop() ?? '') : '',
    );
    cpSync(join(root, source), to, { recursive: true, verbatimSymlinks: true });
  }
}

async function runStep(step: string, stage: Stage): Promise<void> {
  const userConfig = join(homedir(), '.npmrc');
  const npmrc: Record<string, string> = existsSync(userConfig) ? { '/run/npmrc': userConfig } : {};
  const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  mkdirSync(cache, { recursive: true });
  const [program = '', ...args] = commandIn(stage, ['sh', '-c', step], {
    // Headers come with Node's package; in the image they, or a ready binary, are fetched.
    env: { npm_config_nodedir: `${TOOLS}/node`, npm_config_userconfig: '/run/npmrc' },
    volumes: { '/root/.npm': cache, ...npmrc },
  });
  const { code, output } = await run(program, args);
  if (code !== 0) throw new Error(`RUN ${step} ended with code ${String(code)}:\n${output}`);
}

/** Mounts are made in a namespace of the process's own and end with it. Every step execs the next, so signals reach the process. */
function commandIn(
  stage: Stage,
  command: readonly string[],
  { env = {}, volumes = {}, readOnly = false }: RunOptions,
): string[] {
  const at = (path: string): string => join(stage.root, path);
  const readable = {
    '/usr': '/usr',
    '/etc': '/etc',
    [`${TOOLS}/node`]: imageNode(),
    [`${TOOLS}/npm`]: npmFolder(),
  };
  const writable = { '/dev': '/dev', '/proc': '/proc', ...volumes };
  for (const [path, source] of Object.entries({ ...readable, ...writable })) {
    if (lstatSync(source).isDirectory()) mkdirSync(at(path), { recursive: true });
    else if (!existsSync(at(path))) writeFileSync(at(path), '');
  }
  const script = [
    'set -e',
    `mount --bind ${stage.root} ${stage.root}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${stage.root}`] : []),
    ...Object.entries(readable).map(([path, source]) => `mount --bind -o ro ${source} ${at(path)}`),
    ...Object.entries(writable).map(([path, source]) => `mount --rbind ${source} ${at(path)}`),
    'exec "$@"',
  ].join('\n');
  const path = [`${TOOLS}/node/bin`, `${TOOLS}/bin`, '/usr/local/bin', '/usr/bin', '/usr/sbin'].join(':');
  const variables = Object.entries({ PATH: path, HOME: '/root', ...stage.env, ...env }).map(
    ([name, text]) => `${name}=${text}`,
  );
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'],
    ...['chroot', `--userspec=${stage.user}`, '--groups=', stage.root],
    ...['env', '-i', `--chdir=${stage.workdir}`, ...variables, ...command],
  ];
}

/** The folder of Node in the image's release. */
function imageNode(): string {
  const node = findChecker('image-node');
  if (node === undefined) throw new Error('tools/checkers/install.sh installs image-node, which is missing');
  return dirname(dirname(realpathSync(node)));
}

function npmFolder(): string {
  return execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim() + '/npm';
}
