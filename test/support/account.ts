import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT, until } from './environment.js';
import type { Gateway } from './gateway.js';

const BEGINNING = Date.UTC(2026, 0, 30);
const TABLE = join(ROOT, 'artifacts', 'faults.jsonl');

interface StoredReading {
  readonly sensorId: string;
  readonly value: number;
  readonly timestamp: string;
}

/** Sends readings that are all different, and keeps account of what was acknowledged. */
export class Account {
  /** By sensor and epoch millisecond: the value. */
  readonly acknowledged = new Map<string, number>();
  /** Sent, and nobody said what became of it. */
  readonly unknown = new Map<string, number>();
  refused = 0;
  private sent = 0;
  private sending = true;

  constructor(
    private readonly sensors: number,
    private readonly prefix = 's',
  ) {}

  /** Readings, so many in a request, as fast as they are answered, until stop(). */
  async send(gateway: () => Gateway, batch: number, senders = 8): Promise<void> {
    await Promise.all(
      Array.from({ length: senders }, async () => {
        while (this.sending) await this.sendOne(gateway(), batch);
      }),
    );
  }

  /** Sends one request; a single reading or a batch. */
  async sendOne(gateway: Gateway, size: number, timestampMs?: number): Promise<Response | undefined> {
    const readings = Array.from({ length: size }, () => {
      const index = (this.sent += 1);
      return {
        sensorId: `${this.prefix}${index % this.sensors}`,
        zone: 'z',
        value: index,
        latencyMs: 1,
        timestamp: (timestampMs ?? BEGINNING) + index,
      };
    });
    let response: Response | undefined;
    try {
      response = await (size === 1
        ? gateway.post('/api/ingest', readings[0])
        : gateway.post('/api/ingest/batch', readings));
      await response.text();
    } catch {
      response = undefined;
    }
    const outcome = response?.ok ? this.acknowledged : response ? undefined : this.unknown;
    if (!outcome) this.refused += size;
    for (const { sensorId, timestamp, value } of readings) outcome?.set(`${sensorId} ${timestamp}`, value);
    if (!response?.ok) await new Promise((resolve) => setTimeout(resolve, 20));
    return response;
  }

  stop(): void {
    this.sending = false;
  }

  async until(acknowledged: number): Promise<void> {
    await until(
      () => (this.acknowledged.size >= acknowledged ? true : undefined),
      'acknowledgements',
      120_000,
    );
  }

  /**
   * Waits until nothing is queued, compares what is stored with what was acknowledged, and adds a row to the table.
   * @returns the row; in a sound gateway lost and duplicated are 0
   */
  async settle(fault: string, gateway: Gateway): Promise<{ lost: number; duplicated: number }> {
    await gateway.settled(180_000);
    const up = async (): Promise<true | undefined> =>
      (await gateway.pipeline()).store === 'up' ? true : undefined;
    await until(up, 'the store to be up');
    const deadLetters = new Set<string>();
    for (const { reading } of await all<{ reading: StoredReading }>(gateway, '/api/dead-letters?limit=1000'))
      deadLetters.add(`${reading.sensorId} ${Date.parse(reading.timestamp)}`);
    let stored = 0;
    let duplicated = 0;
    const missing = new Map(this.acknowledged);
    for (let sensor = 0; sensor < this.sensors; sensor += 1) {
      const seen = new Set<string>();
      const path = `/api/readings/${this.prefix}${sensor}?from=0&to=${Date.now()}&limit=10000`;
      for (const { sensorId, value, timestamp } of await all<StoredReading>(gateway, path)) {
        const key = `${sensorId} ${Date.parse(timestamp)}`;
        const right = (this.acknowledged.get(key) ?? this.unknown.get(key)) === value;
        if (!right || seen.has(key) || deadLetters.has(key)) duplicated += 1;
        seen.add(key);
        stored += 1;
        missing.delete(key);
      }
    }
    for (const key of deadLetters) missing.delete(key);
    const row = {
      fault,
      acknowledged: this.acknowledged.size,
      stored,
      deadLettered: deadLetters.size,
      lost: missing.size,
      duplicated,
      refused: this.refused,
    };
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    appendFileSync(TABLE, `${JSON.stringify(row)}\n`);
    expect(row).toMatchObject({ fault, lost: 0, duplicated: 0 });
    const { accepted, stored: counted, queued, deadLettered } = await gateway.pipeline();
    expect({ fault, sum: counted + queued + deadLettered }).toEqual({ fault, sum: accepted });
    expect(accepted).toBeGreaterThanOrEqual(this.acknowledged.size);
    expect(accepted).toBeLessThanOrEqual(this.acknowledged.size + this.unknown.size);
    return row;
  }
}

async function all<T>(gateway: Gateway, first: string): Promise<T[]> {
  const items: T[] = [];
  for (let path: string | undefined = first; path !== undefined;) {
    const response = await gateway.get(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    items.push(...((await response.json()) as T[]));
    [, path] = /<(.*)>/.exec(response.headers.get('link') ?? '') ?? [];
  }
  return items;
}
