import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { type Gateway } from '../support/gateway.js';

const START = Date.parse('2013-10-27T00:00:00Z');
const FIVE_MINUTES = 300_000;

/** Where imports of this test file keep their progress. */
export const STATE = { XDG_STATE_HOME: emptyFolder() };

interface StoredReading {
  readonly value: number;
  readonly timestamp: string;
}

/** A file in a folder of its own. */
export function fileWith(text: string, name = 'readings.csv'): string {
  const file = join(emptyFolder(), name);
  writeFileSync(file, text);
  return file;
}

export function csvFile(lines: readonly string[]): string {
  return fileWith(`${lines.join('\n')}\n`);
}

/** What runs the import command. */
export function importCommand(gateway: Pick<Gateway, 'url'>, file: string, ...options: string[]): string[] {
  return ['dist/cli/predictionx.js', 'import', file, '--url', gateway.url, ...options];
}

/** For files that do not name the sensor. */
export const MACHINE = ['--sensor', 'machine', '--zone', 'hall'];

/** Runs the import command against a gateway. */
export function importFile(
  gateway: Gateway,
  file: string,
  ...options: string[]
): Promise<{ code: number | null; output: string }> {
  return run('node', importCommand(gateway, file, ...options), STATE);
}

/** All readings of an imported sensor, page by page. */
export async function importedReadings(gateway: Gateway, sensor = 'machine'): Promise<StoredReading[]> {
  await gateway.settled();
  const readings: StoredReading[] = [];
  const range = 'from=2013-01-01T00:00:00Z&to=2014-12-31T00:00:00Z';
  for (let path: string | undefined = `/api/readings/${sensor}?${range}&limit=997`; path !== undefined;) {
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

const SENSORS = ['plain', 'a,b', 'equals=sign', '"quoted"', '"', 'it\'s "x", y', 'Größe 🌡 °C', '-', '1e5'];
const VALUES = ['-0', '1e21', '5e-324', '0.1', '-1.7976931348623157e308', '123456789012345680', '0', '-12.5'];

/** Readings that files may garble, as line protocol. */
function oddReadings(): string {
  const tag = (name: string): string => name.replaceAll(/[,= ]/g, String.raw`\$&`);
  return SENSORS.flatMap((sensor, at) =>
    VALUES.map((value, index) => {
      const latency = (at + index) % 3 === 0 ? '' : `,latency_ms=${index / 8}`;
      const zone = tag(SENSORS[(at + (index % 2)) % SENSORS.length] ?? '');
      return `sensor_predictions,sensor_id=${tag(sensor)},zone=${zone} value=${value}${latency} ${1_385_000_000_000_000 + index * 1_000_001}`;
    }),
  ).join('\n');
}

async function exportedFrom(gateway: Gateway, format: string): Promise<string> {
  await gateway.settled();
  const query = new URLSearchParams({ from: '2013-01-01T00:00:00Z', to: '2014-01-01T00:00:00Z' });
  for (const sensor of SENSORS) query.append('sensorId', sensor.replaceAll(',', String.raw`\,`));
  const response = await gateway.get(`/api/readings?${String(query)}`, { headers: { accept: format } });
  expect(response.status).toBe(200);
  return response.text();
}

/** The result of an import, with either store. */
export function describeImport(start: () => Promise<Gateway>): void {
  it('imports a file twice with the same result, and keeps the later row of a repeated time', async () => {
    const gateway = await start();
    const { lines, expected } = monthWithRepeatedHour();
    const file = csvFile(lines);
    for (const time of ['first', 'second']) {
      const { code, output } = await importFile(gateway, file, ...MACHINE);
      expect([time, code, output]).toEqual([
        time,
        0,
        '5,000 rows: 5,000 accepted (12 replaced an earlier row), 0 refused\n',
      ]);
      const readings = await importedReadings(gateway);
      expect(readings).toHaveLength(4_988);
      expect(readings.map(({ timestamp, value }) => [Date.parse(timestamp), value])).toEqual([...expected]);
      expect(await gateway.json('/api/latest/machine')).toMatchObject({
        ...readings.at(-1),
        sensorId: 'machine',
        zone: 'hall',
        found: true,
      });
    }
    await gateway.stop();
  });

  it('imports what the gateway exports, so that the next export has the same bytes', async () => {
    const gateways = await Promise.all([start(), start(), start()]);
    const [source, ...fresh] = gateways;
    const sent = await source.post('/api/v2/write?precision=us', oddReadings(), {
      'content-type': 'text/plain',
    });
    expect(sent.status).toBe(204);
    const formats = ['text/csv', 'application/x-ndjson'] as const;
    for (const [index, format] of formats.entries()) {
      const gateway = fresh[index] ?? source;
      const exported = await exportedFrom(source, format);
      expect(exported.split('\n').length).toBeGreaterThan(SENSORS.length * VALUES.length);
      const file = fileWith(exported, format === 'text/csv' ? 'readings.csv' : 'readings.ndjson');
      const { output } = await importFile(gateway, file);
      expect(output).toBe('72 rows: 72 accepted (0 replaced an earlier row), 0 refused\n');
      for (const either of formats)
        expect(await exportedFrom(gateway, either)).toBe(await exportedFrom(source, either));
    }
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  });
}
