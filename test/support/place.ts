import { join } from 'node:path';

import { Child } from './child.js';
import { ROOT, until } from './environment.js';

/** Where an implementation of a port keeps what it is given. */
export interface Place<Port> {
  /** Opens it, in a new place or again after it was closed. */
  open(): Promise<Port>;
  /** By which the script of killAfter() opens it. */
  readonly writerArgs: readonly string[];
}

/**
 * Runs a script that prints a number with each change that it has been told is kept, 1 for the first one, and kills it.
 * @param count it is killed once it has printed this number
 * @param script its path below test/
 * @param before called before it is killed
 * @returns the number that it printed last
 */
export async function killAfter(
  count: number,
  script: string,
  args: readonly string[],
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const child = new Child(process.execPath, [join(ROOT, 'test', script), ...args]);
  const printed = (): number => Number(/(\d+)\n[^\n]*$/.exec(child.output)?.[1] ?? 0);
  let ended = false;
  void child.exited.then(() => (ended = true));
  await until(() => printed() >= count || ended || undefined, 'the writer');
  await before();
  const { signal } = await child.kill('SIGKILL');
  if (signal !== 'SIGKILL') throw new Error(`The writer ended by itself: ${child.output}`);
  return printed();
}
