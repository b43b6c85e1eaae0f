import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** The permissions of group and others. */
const GROUP_AND_OTHERS = 0o077;
const STICKY = 0o1000;
/** The gateway's own files in the folder; other files are not the gateway's. */
const OUR_FILES =
  /^(journal|damaged(-\d+)?|backing-up|restoring|clock(\.copy)?|ballast|protected|running\.json(\.new)?|[a-z-]+\.db(-wal|-shm|-journal|\.new-\d+(-\w+)?)?)$/;
/** The file system's own folder. */
export const LOST_AND_FOUND = 'lost+found';
const MAX_NAMES = 10;

/** A file or folder that others could reach. */
interface Finding {
  /** With its mode: `name (mode)`. */
  readonly name: string;
  /** `kept`: it does not belong to the gateway alone, so it stays as it is. */
  readonly outcome: 'restricted' | 'kept' | 'failed';
  /** The system's code when the change failed. */
  readonly code?: string;
}

/** Whether a file or folder in DATA_DIR has a name that the gateway gives. */
export function isOurFile(name: string): boolean {
  return OUR_FILES.test(name);
}

/**
 * Removes the permissions of group and others from the gateway's folder and its own files. A folder that also holds other files
 * stays as it is, and so does everything of another user, such as a volume that Kubernetes gives to our group (fsGroup).
 * @returns a warning as a log message; undefined when nothing was open to others
 */
export function restrictPermissions(folder: string): string | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  const names = readdirSync(folder);
  const ourNames = names.filter((name) => OUR_FILES.test(name));
  const isShared = names.some((name) => name !== LOST_AND_FOUND && !OUR_FILES.test(name));
  const stats = statSync(folder);
  const mayChange = !isShared && (stats.mode & STICKY) === 0 && stats.uid === uid;
  return formatWarning([
    ...restrictOrReport(folder, folder, stats, mayChange),
    ...ourNames.flatMap((name) => restrictTree(folder, name, uid)),
  ]);
}

function restrictTree(folder: string, name: string, uid: number): Finding[] {
  const path = join(folder, name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats || !(stats.isFile() || stats.isDirectory())) return [];
  const findings = restrictOrReport(path, name, stats, stats.uid === uid);
  if (!stats.isDirectory()) return findings;
  return [...findings, ...readdirSync(path).flatMap((below) => restrictTree(folder, join(name, below), uid))];
}

/** @returns what others could reach; empty when it was nothing */
function restrictOrReport(path: string, name: string, { mode }: Stats, mayChange: boolean): Finding[] {
  if ((mode & GROUP_AND_OTHERS) === 0) return [];
  const shown = `${name} (${(mode & 0o7777).toString(8).padStart(4, '0')})`;
  if (!mayChange) return [{ name: shown, outcome: 'kept' }];
  try {
    chmodSync(path, mode & 0o7777 & ~GROUP_AND_OTHERS);
    return [{ name: shown, outcome: 'restricted' }];
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    return [{ name: shown, outcome: 'failed', code }];
  }
}

function formatWarning(findings: readonly Finding[]): string | undefined {
  const part = (outcome: Finding['outcome'], before: string, after: string): string[] => {
    const names = findings.filter((finding) => finding.outcome === outcome).map(({ name }) => name);
    return names.length === 0 ? [] : [before + list(names) + after];
  };
  const codes = [...new Set(findings.flatMap(({ code }) => code ?? []))].join(', ');
  const parts = [
    ...part('restricted', 'Other users of this machine could reach ', '; now they cannot'),
    ...part(
      'kept',
      'other users can reach ',
      '; the gateway does not change that, because it is not the only user',
    ),
    ...part('failed', 'other users can reach ', `; that could not be changed (${codes})`),
  ];
  return parts.length === 0 ? undefined : `DATA_DIR: ${parts.join('; ')} (docs/security.md)`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
