import { type Gateway } from './gateway.js';
import { run } from './child.js';

/** A configured admin key, for tests. */
export const ADMIN_KEY = 'an-admin-key-that-is-long-enough-for-tests';

export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** Creates a key over HTTP, as an admin does. */
export async function makeKey(gateway: Gateway, wanted: object): Promise<MadeKey> {
  const response = await gateway.post('/api/keys', wanted);
  if (response.status !== 201) throw new Error(`No key was made: ${await response.text()}`);
  return (await response.json()) as MadeKey;
}

/** Runs `predictionx keys …` on the gateway's folder. @returns its exit code and all that it wrote */
export function keysCommand(dataDir: string, ...args: string[]): ReturnType<typeof run> {
  return run('node', ['dist/cli/predictionx.js', 'keys', ...args], { DATA_DIR: dataDir });
}

/** The secret in what the command wrote. */
export function secretIn(output: string): string {
  return /pxk_[\w-]+/.exec(output)?.[0] ?? '';
}
