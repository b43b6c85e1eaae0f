import { readFileSync } from 'node:fs';

const { name, version, released } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as Record<'name' | 'version' | 'released', string>;

export const NAME = name;
export const VERSION = version;
/** The day on which this version was released, such as 2026-11-28. */
export const RELEASED = released;
