import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { type Gateway } from '../support/gateway.js';

const START = Date.parse('2013-10-27T00:00:00Z');
const FIVE_MINUTES = 300_000;

interface StoredReading {
  readonly value: number;
  readonly timestamp: string;
}

/** A CSV file in a folder of its own. */
export function csvFile(lines: readonly string[]): string {
  const file = join(emptyFolder(), 'readings.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Runs the import command against a gateway. */
export function importFile(
  gateway: Gateway,
  file: string,
  ...options: string[]
): Promise<{ code: number | null; output: string }> {
  const command = ['dist/cli/predictionx.js', 'import', file, '--url', gateway.url];
  return run('node', [...command, '--sensor', 'machine', '--zone', 'hall', ...options]);
}

/** All readings of the imported sensor, page by page. */
export async function importedReadings(gateway: Gateway): Promise<StoredReading[]> {
  await gateway.settled();
  const readings: StoredReading[] = [];
  const range = 'from=2013-01-01T00:00:00Z&to=2014-12-31T00:00:00Z';
  for (let path: string | undefined = `/api/readings/machine?${range}&limit=997`; path !== undefined;) {
    const response = await gateway.get(path);
    readings.push(...((await response.json()) as StoredReading[]));
    [, path] = /<(.*)>/.exec(response.headers.get('link') ?? '') ?? [];
  }
  return readings;
}

/** A month of a sensor whose clock was set back an hour once, so that twelve times occur twice, as rows of a file. */
export function monthWithRepeatedHour(rows = 5_000): { lines: string[]; expected: Map<number, number> } {
  const expected = new Map<number, number>();
  const lines = ['timestamp,value'];
  for (let row = 0; row < rows; row += 1) {
    const time = START + (row < 900 ? row : row - 12) * FIVE_MINUTES;
    const value = 80 + 20 * Math.sin(row / 50) + row / 1e6;
    lines.push(`${new Date(time).toISOString().slice(0, 19).replace('T', ' ')},${value}`);
    expected.set(time, value);
  }
  return { lines, expected };
}

/** The result of an import, with either store. */
export function describeImport(start: () => Promise<Gateway>): void {
  it('imports a file twice with the same result, and keeps the later row of a repeated time', async () => {
    const gateway = await start();
    const { lines, expected } = monthWithRepeatedHour();
    const file = csvFile(lines);
    for (const time of ['first', 'second']) {
      const { code, output } = await importFile(gateway, file);
      expect([time, code, output.trim()]).toEqual([time, 0, '5000 sent, 5000 accepted, 0 refused']);
      const readings = await importedReadings(gateway);
      expect(readings).toHaveLength(4_988);
      expect(readings.map(({ timestamp, value }) => [Date.parse(timestamp), value])).toEqual([...expected]);
      expect(await gateway.json('/api/latest/machine')).toEqual({
        ...readings.at(-1),
        sensorId: 'machine',
        zone: 'hall',
        latencyMs: 0,
        found: true,
      });
    }
    await gateway.stop();
  });
}
