import { detachString } from '../../model/detach-string.js';
import { compareReadings, type Reading } from '../../model/reading.js';
import { parseTimestamp } from '../../model/timestamp.js';
import type { CsvColumns } from './annotated-csv.js';
import type { CsvRow } from './csv-row.js';

/** Assembles readings from their fields: InfluxDB sends a row for each field. */
export class ReadingAssembler {
  /** By sensor, zone and time. */
  private readonly found = new Map<string, Reading>();
  private readonly latenciesMs = new Map<string, number>();
  private readonly names = new Map<string, string>();

  /** Takes a row. Rows of other programs, which are not fields of readings, are ignored. */
  take(row: CsvRow, columns: CsvColumns): void {
    const sensorId = columns.read(row, 'sensor_id');
    const zone = columns.read(row, 'zone');
    const timestampUs = parseTimestamp(columns.read(row, '_time'));
    const value = columns.readNumber(row, '_value');
    if (sensorId === '' || zone === '' || timestampUs === undefined || Number.isNaN(value)) return;
    const key = JSON.stringify([sensorId, zone, timestampUs]);
    if (columns.read(row, '_field') === 'latency_ms') this.latenciesMs.set(key, value);
    else
      this.found.set(key, {
        sensorId: this.shareName(sensorId),
        zone: this.shareName(zone),
        value,
        timestampUs,
      });
  }

  /** @returns the readings in order */
  readings(): Reading[] {
    return Array.from(this.found, ([key, reading]) => {
      const latencyMs = this.latenciesMs.get(key);
      return latencyMs === undefined ? reading : { ...reading, latencyMs };
    }).sort(compareReadings);
  }

  private shareName(name: string): string {
    const copy = this.names.get(name) ?? detachString(name);
    this.names.set(copy, copy);
    return copy;
  }
}
