import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** An empty folder of its own. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'predictionx-'));
}

/** How a test's own files below a folder are treated. */
export function fileOptions(folder = emptyFolder()): { aside: string; makeRoom: () => void } {
  return { aside: join(folder, 'damaged'), makeRoom: () => undefined };
}

/** Environment variables of this process, without any that would configure a gateway. */
export function cleanEnv(variables: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^((FROM_|TO_)?INFLUXDB_|ADMIN_KEY|AUTH$|LIMIT_|TRUSTED_|TLS_|OTEL_|HOST$|PORT$|DATA_DIR$|CORS_ORIGINS$|LOG_|JOURNAL_|DISK_|BATCH_|BODY_|LINE_MAPPING$|MAX_|MIN_TIMESTAMP$|CLOCK_STEP_MAX$|SENSOR_|STREAM_|READINGS_|STORE_|IDEMPOTENCY_|PREDICTIONX_KEY$|NODE_OPTIONS$)/.test(
        name,
      ),
  );
  return { ...Object.fromEntries(inherited), ...variables };
}

/** Asks until there is an answer other than undefined. */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
