import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** What group and others may do. */
const GROUP_AND_OTHERS = 0o077;
const STICKY = 0o1000;
/** What the gateway keeps in the folder; what else is there is somebody else's. */
const OUR_FILES =
  /^(journal|damaged(-\d+)?|clock|ballast|protected|running\.json(\.new)?|[a-z-]+\.db(-wal|-shm|-journal|\.new-\d+(-\w+)?)?)$/;
/** A file system's own folder. */
const LOST_AND_FOUND = 'lost+found';
const MAX_NAMES = 10;

/** What was found open to others, as `name (mode)`. */
interface Findings {
  /** Ours, and closed now. */
  readonly restricted: string[];
  /** Not ours alone, so it stays as it is. */
  readonly leftOpen: string[];
}

/**
 * Takes from group and others what they may do with the gateway's folder and with what is its own there. A folder that other
 * things are in as well is left as it is, and so is what another user owns, such as a volume that Kubernetes gave to our
 * group (fsGroup).
 * @returns a warning for a person; undefined when nothing was open
 */
export function restrictPermissions(folder: string): string | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  const findings: Findings = { restricted: [], leftOpen: [] };
  const names = readdirSync(folder);
  const own = names.filter((name) => OUR_FILES.test(name));
  const isShared = names.some((name) => name !== LOST_AND_FOUND && !OUR_FILES.test(name));
  const stats = statSync(folder);
  restrict(folder, folder, stats, !isShared && (stats.mode & STICKY) === 0 && stats.uid === uid, findings);
  for (const name of own) restrictTree(folder, name, uid, findings);
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
    ...(restricted.length > 0 ? [`Others on this machine could reach ${list(restricted)}: no more`] : []),
    ...(leftOpen.length > 0
      ? [`others may reach ${list(leftOpen)}: left so, because that is not the gateway's alone`]
      : []),
  ];
  return parts.length === 0 ? undefined : `DATA_DIR: ${parts.join('; ')} (docs/security.md)`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
