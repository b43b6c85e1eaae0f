import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { run } from './child.js';
import type { Gateway } from './gateway.js';

const COMMAND = 'dist/cli/predictionx.js';
/** The time of the first reading of a load. */
export const START_MS = Date.UTC(2026, 0, 30);
const BATCH = 100;
export const SENSORS = 20;

export interface Result {
  readonly code: number | null;
  readonly output: string;
}

/** Runs `predictionx backup` to its end. */
export function backup(gateway: Gateway, dir: string, key = gateway.key): Promise<Result> {
  return run('node', [COMMAND, 'backup', dir, '--url', gateway.url], { PREDICTIONX_KEY: key });
}

/** Runs `predictionx restore` to its end. */
export function restore(dir: string, dataDir: string, ...options: string[]): Promise<Result> {
  return run('node', [COMMAND, 'restore', dir, ...options], { DATA_DIR: dataDir });
}

/** The file of a backup. */
export const fileIn = (dir: string): string => join(dir, 'gateway.backup');

/** Makes state.db so large that a copy of it is larger than what the buffers of a connection hold, which Linux lets grow to 36 MiB. */
export function enlargeState(dataDir: string): void {
  const db = new Database(join(dataDir, 'state.db'));
  db.exec('CREATE TABLE filler (bytes BLOB)');
  const add = db.prepare('INSERT INTO filler VALUES (randomblob(1048576))');
  for (let count = 0; count < 64; count += 1) add.run();
  db.close();
}

/** Sends 2,000 readings a second, and knows which ones were acknowledged. */
export class Load {
  /** By number; the reading's sensor, time and value follow from it. */
  acknowledged = 0;
  private isStopped = false;
  private readonly running: Promise<void>;

  constructor(private readonly gateway: Gateway) {
    this.running = this.run();
  }

  static reading(number: number): { sensorId: string; zone: string; value: number; timestamp: number } {
    return {
      sensorId: `sensor_${number % SENSORS}`,
      zone: 'hall_1',
      value: number,
      timestamp: START_MS + number,
    };
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const beganMs = performance.now();
    for (let sent = 0; !this.isStopped; sent += BATCH) {
      const readings = Array.from({ length: BATCH }, (_, index) => ({
        ...Load.reading(sent + index),
        latencyMs: 1,
      }));
      const response = await this.gateway.post('/api/ingest/batch', readings).catch(() => undefined);
      if (response?.status !== 200) return;
      this.acknowledged = sent + BATCH;
      const dueMs = beganMs + (this.acknowledged / 2_000) * 1_000;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    }
  }
}

/** The numbers of all readings that the gateway gives. */
export async function numbersIn(gateway: Gateway): Promise<Set<number>> {
  const response = await gateway.get('/api/readings?from=2026-01-01T00:00:00Z', {
    headers: { accept: 'application/x-ndjson' },
  });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return new Set(lines.map((line) => (JSON.parse(line) as { value: number }).value));
}
