import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findTelegraf, HOW_TO_GET_TELEGRAF } from '../../tools/telegraf/find.mjs';
import { Child } from './child.js';
import { emptyFolder } from './environment.js';

/** Everything in short intervals; Telegraf's own defaults are ten seconds. */
const AGENT = `
[agent]
  interval = "200ms"
  flush_interval = "200ms"
  omit_hostname = true
`;

/** Starts an unmodified Telegraf. @param config inputs and outputs, in TOML */
export function startTelegraf(config: string): Child {
  const program = findTelegraf();
  if (program === undefined) throw new Error(HOW_TO_GET_TELEGRAF);
  const file = join(emptyFolder(), 'telegraf.conf');
  writeFileSync(file, AGENT + config);
  return new Child(program, ['-config', file]);
}

/** The output that Telegraf's users configure for InfluxDB 2. */
export function influxdb2Output(url: string): string {
  return `
[[outputs.influxdb_v2]]
  urls = ["${url}"]
  token = "any"
  organization = "any"
  bucket = "any"
`;
}
