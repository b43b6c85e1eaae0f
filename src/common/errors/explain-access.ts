import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const { R_OK, W_OK, X_OK } = constants;
/** A folder that the gateway makes files in. */
const FOLDER_ACCESS = R_OK | W_OK | X_OK;

/** What stops this process at a path. */
export interface Obstacle {
  /** The path itself, or a folder above it. */
  readonly path: string;
  /** The system's code: EACCES, EPERM, EROFS or ENOTDIR. */
  readonly code: string;
  /** What this process would have to do there: use the path itself, make it in its folder, or pass through a folder above. */
  readonly need: 'use' | 'make' | 'pass';
}

/**
 * Finds why this process may not use a path: the path itself, the folder that it would have to be made in, or one above.
 * @param access what a file is used for: R_OK, W_OK or both; a folder needs all in any case
 * @returns undefined when nothing forbids it
 */
export function findObstacle(path: string, access = R_OK | W_OK): Obstacle | undefined {
  const parent = dirname(path);
  const above = parent === path ? undefined : findObstacleAbove(parent);
  if (above) return above;
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isThere) return (access & W_OK) === 0 ? undefined : tryAccess(existing(parent), W_OK | X_OK, 'make');
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return tryAccess(path, isFolder ? FOLDER_ACCESS : access, 'use');
}

/**
 * Says what an obstacle is, with its owner, and what to do, as the rest of a sentence.
 * @param wanted the path that cannot be used; the obstacle is there or above
 * @param dataDir the gateway's own folder, to change with everything below it
 */
export function explainObstacle(obstacle: Obstacle, wanted: string, dataDir?: string): string {
  const { path, code } = obstacle;
  if (code === 'ENOTDIR') return `a part of the path is not a folder: ${path}`;
  if (code === 'EROFS')
    return `${path} is on a disk that is mounted read-only. Mount it for writing; a container's volume must not be "ro" or readOnly`;
  const { uid, gid, mode } = statSync(path);
  const [user, group] = [process.geteuid?.() ?? -1, process.getegid?.() ?? -1];
  const owner = `user ${uid}${uid === 0 ? ' (root)' : ''} and group ${gid}, with mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  return `${path} belongs to ${owner}, and this process runs as user ${user} and group ${group}. ${remedyFor(obstacle, wanted, dataDir, uid, user, group)}`;
}

/** @returns why this process may not use a path, and what to do; undefined when nothing forbids it */
export function explainAccess(path: string, access?: number): string | undefined {
  try {
    const obstacle = findObstacle(path, access);
    return obstacle && explainObstacle(obstacle, path);
  } catch {
    // The path is in a state that the system's own message describes better.
    return undefined;
  }
}

/** Why a file that an operator named cannot be read, with its path and what to do. */
export function explainReadError(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${path} does not exist (ENOENT)`;
  if (code === 'EISDIR') return `${path} is a folder (EISDIR)`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'ENOTDIR')
    return explainAccess(path, R_OK) ?? message;
  return message;
}

/** The nearest folder that exists: the others would be made in it. */
function existing(folder: string): string {
  const isThere = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
  return isThere || dirname(folder) === folder ? folder : existing(dirname(folder));
}

function findObstacleAbove(folder: string): Obstacle | undefined {
  const parent = dirname(folder);
  const above = parent === folder ? undefined : findObstacleAbove(parent);
  if (above) return above;
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) return undefined;
  return stats.isDirectory()
    ? tryAccess(folder, X_OK, 'pass')
    : { path: folder, code: 'ENOTDIR', need: 'pass' };
}

function tryAccess(path: string, access: number, need: Obstacle['need']): Obstacle | undefined {
  try {
    accessSync(path, access);
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return ['EACCES', 'EPERM', 'EROFS'].includes(code) ? { path, code, need } : undefined;
  }
}

/** Only what belongs to the gateway is ever to be changed with everything below it. */
function remedyFor(
  { path, need }: Obstacle,
  wanted: string,
  dataDir: string | undefined,
  owner: number,
  user: number,
  group: number,
): string {
  if (user === 0) return 'Check its attributes (lsattr) and what else restricts root here';
  if (user === owner) return `Change the mode: chmod ${dataDir ? '-R ' : ''}u+rwX ${dataDir ?? path}`;
  if (need === 'pass') return `Let that user pass through it, or name a path that it can reach`;
  if (need === 'make')
    return `Make it for that user, as root: install -d -o ${user} -g ${group} -m 700 ${wanted}`;
  return (
    `Give it to that user: chown ${dataDir ? '-R ' : ''}${user}:${group} ${dataDir ?? path} ` +
    `(Kubernetes: fsGroup: ${group} in the pod's securityContext)${owner === 0 ? '' : `, or run the gateway as user ${owner}`}`
  );
}
