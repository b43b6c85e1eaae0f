import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export const HOW_TO_GET_TELEGRAF = `It needs a real Telegraf. One of these is enough:
  - tools/telegraf/build.sh builds it (Go 1.25; about a minute, once);
  - TELEGRAF=/path/to/telegraf names a binary, or telegraf is on the PATH.`;

/** @returns the path of a Telegraf binary; undefined when there is none */
export function findTelegraf() {
  const hash = createHash('sha256');
  // As build.sh does.
  for (const file of ['go.mod', 'go.sum', 'main.go'])
    hash.update(readFileSync(new URL(file, import.meta.url)));
  const cache = process.env.TELEGRAF_CACHE ?? join(homedir(), '.cache', 'predictionx');
  const built = join(cache, `telegraf-${hash.digest('hex').slice(0, 12)}`);
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'telegraf'));
  return [process.env.TELEGRAF, built, ...onPath].find((path) => path && existsSync(path));
}
