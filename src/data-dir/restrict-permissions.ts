import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** The permissions of group and others. */
const GROUP_AND_OTHERS = 0o077;
const STICKY = 0o1000;
/** The gateway's own files in the folder; other files belong to somebody else. */
const OUR_FILES =
  /^(journal|damaged(-\d+)?|clock|ballast|protected|running\.json(\.new)?|[a-z-]+\.db(-wal|-shm|-journal|\.new-\d+(-\w+)?)?)$/;
/** The file system's own folder. */
const LOST_AND_FOUND = 'lost+found';
const MAX_NAMES = 10;

/** Files that others could reach, as `name (mode)`. */
interface Findings {
  /** The gateway's own: restricted now. */
  readonly restricted: string[];
  /** Not only the gateway's, so they stay as they are. */
  readonly leftOpen: string[];
}

/**
 * Removes the permissions of group and others from the gateway's folder and its own files. A folder that also holds other files
 * stays as it is, and so does everything of another user, such as a volume that Kubernetes gives to our group (fsGroup).
 * @returns a warning for people; undefined when nothing was open to others
 */
export function restrictPermissions(folder: string): string | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  const findings: Findings = { restricted: [], leftOpen: [] };
  const names = readdirSync(folder);
  const ourNames = names.filter((name) => OUR_FILES.test(name));
  const isShared = names.some((name) => name !== LOST_AND_FOUND && !OUR_FILES.test(name));
  const stats = statSync(folder);
  restrict(folder, folder, stats, !isShared && (stats.mode & STICKY) === 0 && stats.uid === uid, findings);
  for (const name of ourNames) restrictTree(folder, name, uid, findings);
  return warningOf(findings);
}

function restrictTree(folder: string, name: string, uid: number, findings: Findings): void {
  const path = join(folder, name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || !(stats.isFile() || stats.isDirectory())) return;
  restrict(path, name, stats, stats.uid === uid, findings);
  if (!stats.isDirectory()) return;
  for (const below of readdirSync(path)) restrictTree(folder, join(name, below), uid, findings);
}

function restrict(
  path: string,
  name: string,
  { mode }: Stats,
  isOurs: boolean,
  { restricted, leftOpen }: Findings,
): void {
  if ((mode & GROUP_AND_OTHERS) === 0) return;
  const shown = `${name} (${(mode & 0o7777).toString(8).padStart(4, '0')})`;
  if (!isOurs) {
    leftOpen.push(shown);
    return;
  }
  try {
    chmodSync(path, mode & 0o7777 & ~GROUP_AND_OTHERS);
    restricted.push(shown);
  } catch {
    leftOpen.push(shown);
  }
}

function warningOf({ restricted, leftOpen }: Findings): string | undefined {
  const parts = [
    ...(restricted.length > 0
      ? [`Other users of this machine could reach ${list(restricted)}; now they cannot`]
      : []),
    ...(leftOpen.length > 0
      ? [
          `other users can reach ${list(leftOpen)}; the gateway does not change that, because it is not the only user`,
        ]
      : []),
  ];
  return parts.length === 0 ? undefined : `DATA_DIR: ${parts.join('; ')} (docs/security.md)`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
