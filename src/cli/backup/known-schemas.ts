import { KEY_FILE, KEY_MIGRATIONS } from '../../auth/key-file.js';
import { MIGRATIONS as LOG_MIGRATIONS } from '../../logs/log-schema.js';
import { MIGRATIONS as STATE_MIGRATIONS } from '../../pipeline/state/state-schema.js';
import { MIGRATIONS as RULES_MIGRATIONS } from '../../rules/local-rule-storage.js';

/** Where a SQLite file has its user_version, big-endian: https://sqlite.org/fileformat2.html. */
const USER_VERSION_AT = 60;
const HEADER_BYTES = 100;

/** The versions of schemas that this gateway knows, by file. */
const KNOWN: Readonly<Record<string, number>> = {
  'state.db': STATE_MIGRATIONS.length,
  'rules.db': RULES_MIGRATIONS.length,
  'system-log.db': LOG_MIGRATIONS.length,
  [KEY_FILE]: KEY_MIGRATIONS.length,
};

/**
 * Whether only a newer gateway knows the schema of a file.
 * @param beginning the first bytes of the file
 */
export function hasNewerSchema(name: string, beginning: Buffer): boolean {
  const known = KNOWN[name];
  if (known === undefined || beginning.length < HEADER_BYTES) return false;
  return beginning.readUInt32BE(USER_VERSION_AT) > known;
}
