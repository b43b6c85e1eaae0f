import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { MeasuredRun } from '../support/measured-run.js';
import { importCommand } from './import.contract.js';

const IS_LONG = process.env.IMPORT_LONG !== undefined;
const ROWS = Number(process.env.IMPORT_ROWS ?? (IS_LONG ? 10_000_000 : 300_000));
/** In the long form, memory is compared with that of a file of a fifth of the rows. */
const FEWER_ROWS = ROWS / 5;
const SENSORS = 50;
/** Every so many rows have the time of the row before of the same sensor. */
const REPEAT_EVERY = 9_999;
const START_MS = Date.UTC(2014, 0, 1);
const ROWS_PER_CHUNK = 10_000;
const MAX_RESIDENT_BYTES = 320 << 20;
const FOLDER = emptyFolder();
const TIMEOUT_MS = IS_LONG ? 3_000_000 : 180_000;

const repeatsIn = (rows: number): number => Math.floor((rows - 1) / REPEAT_EVERY);

function* csv(rows: number): Generator<string> {
  let text = 'sensorId,zone,value,latencyMs,timestamp\n';
  for (let row = 0; row < rows; row += 1) {
    const isRepeat = row > 0 && row % REPEAT_EVERY === 0;
    const second = Math.floor(row / SENSORS) - (isRepeat ? 1 : 0);
    const time = new Date(START_MS + second * 1000).toISOString();
    text += `sensor_${row % SENSORS},hall,${(row % 1_000) / 10},${row % 7},${time}\n`;
    if (row % ROWS_PER_CHUNK < ROWS_PER_CHUNK - 1) continue;
    yield text;
    text = '';
  }
  yield text;
}

async function fileOf(rows: number): Promise<string> {
  const file = join(FOLDER, `${rows}.csv`);
  await pipeline(Readable.from(csv(rows)), createWriteStream(file));
  return file;
}

describe(`import of ${ROWS} rows`, () => {
  let gateway: Gateway;
  const state = { XDG_STATE_HOME: emptyFolder() };

  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
    rmSync(FOLDER, { recursive: true });
  });

  const start = (file: string): MeasuredRun => new MeasuredRun(importCommand(gateway, file), state);

  /** All stored readings of all sensors, counted by the gateway. */
  const stored = async (): Promise<number> => {
    await gateway.settled(TIMEOUT_MS);
    let count = 0;
    for (let sensor = 0; sensor < SENSORS; sensor += 1) {
      const path = `/api/readings/sensor_${sensor}?from=2013-12-31T00:00:00Z&to=2014-02-01T00:00:00Z&points=100`;
      const buckets = (await gateway.json(path)) as { count: number }[];
      for (const bucket of buckets) count += bucket.count;
    }
    return count;
  };

  it(
    'takes constant memory, and when it is killed and run again, no reading is missing',
    async () => {
      const file = await fileOf(ROWS);
      let largest = 0;
      for (const share of [1 / 4, 1 / 2]) {
        const stopped = start(file);
        await until(
          async () => ((await gateway.pipeline()).accepted > ROWS * share ? true : undefined),
          `${share} of the rows to be accepted`,
          TIMEOUT_MS,
        );
        await stopped.child.kill('SIGKILL');
        largest = Math.max(largest, stopped.maxResidentBytes);
      }
      const last = start(file);
      expect((await last.child.exited).code).toBe(0);
      largest = Math.max(largest, last.maxResidentBytes);
      const { output } = last.child;
      expect(output).toMatch(/^Goes on after line [\d,]+, /m);
      const count = (number: number): string => number.toLocaleString('en-US');
      const repeats = repeatsIn(ROWS);
      expect(output).toContain(
        `${count(ROWS)} rows: ${count(ROWS)} accepted (${count(repeats)} replaced an earlier row), 0 refused\n`,
      );
      expect(await stored()).toBe(ROWS - repeats);
      expect(largest).toBeGreaterThan(20 << 20);
      expect(largest).toBeLessThan(MAX_RESIDENT_BYTES);
      if (!IS_LONG) return;

      const smaller = start(await fileOf(FEWER_ROWS));
      const startMs = performance.now();
      expect((await smaller.child.exited).code).toBe(0);
      const seconds = (performance.now() - startMs) / 1000;
      const megabytes = (bytes: number): number => Math.round(bytes / (1 << 20));
      console.log(
        `${ROWS} rows: ${megabytes(largest)} MiB; ${FEWER_ROWS} rows: ${megabytes(smaller.maxResidentBytes)} MiB, ${Math.round(FEWER_ROWS / seconds)} rows/s`,
      );
      expect(largest).toBeLessThan(smaller.maxResidentBytes * 1.25 + (32 << 20));
    },
    TIMEOUT_MS,
  );
});
