import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export const HOW_TO_GET_INFLUXD = `It needs a real InfluxDB 2. One of these is enough:
  - tools/influxd/build.sh builds it (Go 1.25, Rust 1.83 and a C compiler; about 5 minutes, once);
  - INFLUXD=/path/to/influxd names a binary, or influxd is on the PATH;
  - INFLUXDB_TEST_URL=http://localhost:8086 names a new server, for example
    docker run -p 8086:8086 influxdb:2`;

/** @returns the path of an influxd 2 binary; undefined when there is none */
export function findInfluxd() {
  const [, version] =
    /influxdb\/v2 (v\S+)/.exec(readFileSync(new URL('go.mod', import.meta.url), 'utf8')) ?? [];
  const cache = process.env.INFLUXD_CACHE ?? join(homedir(), '.cache', 'predictionx');
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'influxd'));
  return [process.env.INFLUXD, join(cache, `influxd-${version}`), ...onPath].find(
    (path) => path && existsSync(path),
  );
}
