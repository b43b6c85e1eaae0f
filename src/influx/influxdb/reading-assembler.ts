import { detachString } from '../../model/detach-string.js';
import { compareReadings, type Reading } from '../../model/reading.js';
import type { CsvColumn, CsvColumns } from './annotated-csv.js';
import type { CsvRow } from './csv-row.js';
import { parsePointTime, type PointTime } from './point-time.js';

/** The columns that InfluxDB gives every reading; each other column of a group key is a tag that another program has added. */
const OWN_COLUMNS = ['_start', '_stop', '_measurement', '_field', 'sensor_id', 'zone'];

/** One series: a field of a reading has at each time of a point at most one value in it. */
export interface ReadingSeries {
  readonly sensorId: string;
  readonly zone: string;
  /** Its further tags; '' when there are none. */
  readonly tags: string;
}

interface Found {
  readonly reading: Reading;
  readonly tags: string;
  /** As PointTime.finer. */
  readonly finer: string;
}

/**
 * Assembles readings from their fields, which InfluxDB sends one by one, in any order. Points of one sensor and zone in one
 * microsecond are one reading, also when series with further tags hold several: then that of the last series counts, in the order
 * of the tags, and of its points the last one.
 */
export class ReadingAssembler {
  /** By sensor, zone and time. */
  private readonly found = new Map<string, Found>();
  /** By sensor, zone, time, further tags, and what is finer than the time. */
  private readonly latenciesMs = new Map<string, number>();
  private readonly names = new Map<string, string>();
  private columns: CsvColumns | undefined;
  private tagColumns: readonly CsvColumn[] = [];
  private table = '';
  private rows = 0;
  private oldestUs = Infinity;
  private newestUs = -Infinity;

  /** Up to which microsecond every point has arrived; later ones may be missing, or their latencies. */
  completeToUs = Infinity;

  /** The same from the other end: from which microsecond on. Which of both counts depends on which rows were asked for. */
  completeFromUs = -Infinity;

  /** @param limit the most rows that a table may have: one with so many may go on */
  constructor(private readonly limit = Infinity) {}

  /** Takes a row in Flux. Rows of other programs, which are not fields of readings, are ignored. */
  take(row: CsvRow, columns: CsvColumns): void {
    if (columns !== this.columns) this.beginColumns(columns);
    const time = parsePointTime(columns.read(row, '_time'));
    if (!time) return;
    if (this.limit < Infinity) {
      const table = columns.read(row, 'table');
      if (table !== this.table) this.beginSeries();
      this.table = table;
      this.countRow(time);
    }
    const tags =
      this.tagColumns.length === 0
        ? ''
        : JSON.stringify(this.tagColumns.map(({ label }) => [label, columns.read(row, label)]));
    const series = { sensorId: columns.read(row, 'sensor_id'), zone: columns.read(row, 'zone'), tags };
    this.takeField(series, time, columns.read(row, '_field'), columns.readNumber(row, '_value'));
  }

  /** To be called before the rows of a table. */
  beginSeries(): void {
    this.rows = 0;
    this.oldestUs = Infinity;
    this.newestUs = -Infinity;
  }

  /** To be called for each row of a table, whatever is in it. */
  countRow({ timestampUs }: PointTime): void {
    this.rows += 1;
    this.oldestUs = Math.min(this.oldestUs, timestampUs);
    this.newestUs = Math.max(this.newestUs, timestampUs);
    if (this.rows < this.limit) return;
    // The limit may have cut within the last microsecond.
    this.completeToUs = Math.min(this.completeToUs, this.newestUs - 1);
    this.completeFromUs = Math.max(this.completeFromUs, this.oldestUs + 1);
  }

  /** Takes a field of a reading; NaN, and a series that is not one of readings, are ignored. */
  takeField(
    { sensorId, zone, tags }: ReadingSeries,
    { timestampUs, finer }: PointTime,
    field: string,
    value: number,
  ): void {
    if (sensorId === '' || zone === '' || Number.isNaN(value)) return;
    const key = JSON.stringify([sensorId, zone, timestampUs]);
    if (field === 'latency_ms') {
      this.latenciesMs.set(key + tags + finer, value);
      return;
    }
    const other = this.found.get(key);
    if (other && (other.tags > tags || (other.tags === tags && other.finer > finer))) return;
    const reading = { sensorId: this.shareName(sensorId), zone: this.shareName(zone), value, timestampUs };
    this.found.set(key, { reading, tags, finer });
  }

  /** @returns the readings in order */
  readings(): Reading[] {
    return [...this.inAnyOrder()].sort(compareReadings);
  }

  *inAnyOrder(): Generator<Reading> {
    for (const [key, { reading, tags, finer }] of this.found) {
      const latencyMs = this.latenciesMs.get(key + tags + finer);
      yield latencyMs === undefined ? reading : { ...reading, latencyMs };
    }
  }

  private beginColumns(columns: CsvColumns): void {
    this.columns = columns;
    this.table = '';
    this.tagColumns = columns.all
      .filter(({ isGroup, label }) => isGroup && !OWN_COLUMNS.includes(label))
      .sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  private shareName(name: string): string {
    const copy = this.names.get(name) ?? detachString(name);
    this.names.set(copy, copy);
    return copy;
  }
}

/** The further tags of a series in InfluxQL, where a tag that it does not have is ''. */
export function furtherTags(tags: Readonly<Record<string, string>>): string {
  const further = Object.entries(tags)
    .filter(([name, value]) => value !== '' && name !== 'sensor_id' && name !== 'zone')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return further.length === 0 ? '' : JSON.stringify(further);
}
