import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** What group and others may do. */
const OF_OTHERS = 0o077;
const STICKY = 0o1000;
/** What the gateway keeps in the folder; what else is there is somebody else's. */
const OWN =
  /^(journal|damaged(-\d+)?|clock|ballast|protected|running\.json(\.new)?|[a-z-]+\.db(-wal|-shm|-journal|\.new-\d+(-\w+)?)?)$/;
/** A file system's own folder. */
const NOBODYS = 'lost+found';
const MOST_NAMES = 10;

/** What was found open to others, as `name (mode)`. */
interface Findings {
  /** Ours, and closed now. */
  readonly closed: string[];
  /** Not ours alone, so it stays as it is. */
  readonly left: string[];
}

/**
 * Takes from group and others what they may do with the gateway's folder and with what is its own there. A folder that other
 * things are in as well is left as it is, and so is what another user owns, such as a volume that Kubernetes gave to our
 * group (fsGroup).
 * @returns a warning for a person; undefined when nothing was open
 */
export function tighten(folder: string): string | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  const findings: Findings = { closed: [], left: [] };
  const names = readdirSync(folder);
  const own = names.filter((name) => OWN.test(name));
  const isShared = names.some((name) => name !== NOBODYS && !OWN.test(name));
  const stats = statSync(folder);
  close(folder, folder, stats, !isShared && (stats.mode & STICKY) === 0 && stats.uid === uid, findings);
  for (const name of own) closeAll(folder, name, uid, findings);
  return warningOf(findings);
}

function closeAll(folder: string, name: string, uid: number, findings: Findings): void {
  const path = join(folder, name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || !(stats.isFile() || stats.isDirectory())) return;
  close(path, name, stats, stats.uid === uid, findings);
  if (!stats.isDirectory()) return;
  for (const below of readdirSync(path)) closeAll(folder, join(name, below), uid, findings);
}

function close(
  path: string,
  name: string,
  { mode }: Stats,
  isOurs: boolean,
  { closed, left }: Findings,
): void {
  if ((mode & OF_OTHERS) === 0) return;
  const shown = `${name} (${(mode & 0o7777).toString(8).padStart(4, '0')})`;
  if (!isOurs) {
    left.push(shown);
    return;
  }
  try {
    chmodSync(path, mode & 0o7777 & ~OF_OTHERS);
    closed.push(shown);
  } catch {
    left.push(shown);
  }
}

function warningOf({ closed, left }: Findings): string | undefined {
  const parts = [
    ...(closed.length > 0 ? [`Others on this machine could reach ${list(closed)}: no more`] : []),
    ...(left.length > 0
      ? [`others may reach ${list(left)}: left so, because that is not the gateway's alone`]
      : []),
  ];
  return parts.length === 0 ? undefined : `DATA_DIR: ${parts.join('; ')} (docs/security.md)`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}
