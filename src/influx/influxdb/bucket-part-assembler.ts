import { type BucketPart, bucketStart, type EvenBuckets } from '../../model/bucket.js';
import { parseTimestamp } from '../../model/timestamp.js';
import type { CsvColumns } from './annotated-csv.js';
import type { CsvRow } from './csv-row.js';

/** The aggregates of a window: the names of InfluxDB's functions, and of the query's results. */
export const AGGREGATES = ['count', 'min', 'max', 'mean', 'last'] as const;

type Aggregate = (typeof AGGREGATES)[number];

/** The parts of buckets, and the buckets that must be counted reading by reading instead. */
export interface FoundParts {
  readonly parts: BucketPart[];
  /** When they begin. */
  readonly unclear: Set<number>;
}

/** The windows of one series: of one zone, and whatever other tags there are. */
class Series {
  /** The values of each aggregate, by window. */
  private readonly values: Readonly<Record<Aggregate, number[]>> = {
    count: [],
    min: [],
    max: [],
    mean: [],
    last: [],
  };
  /** The index of each window, by the time when it begins. */
  private readonly indexes = new Map<number, number>();
  /** When each window begins, as InfluxDB writes it. */
  private readonly times: string[] = [];
  /** When the bucket of each window begins. */
  private readonly startsUs: number[] = [];
  /** The time of each window's last reading; until it is known, when the window begins. */
  private readonly lastsUs: number[] = [];

  constructor(
    readonly zone: string,
    private readonly buckets: EvenBuckets,
    private readonly maxWindowUs: number,
  ) {}

  /**
   * Takes the value of an aggregate for the window that contains a time.
   * @param guess the window's index, if windows come in the same order as before
   * @returns the index of the window; undefined when `time` is not a time
   */
  take(aggregate: Aggregate, time: string, value: number, guess: number): number | undefined {
    const index = time === this.times[guess] ? guess : this.indexOf(aggregate, time);
    if (index !== undefined) this.values[aggregate][index] = value;
    return index;
  }

  private indexOf(aggregate: Aggregate, time: string): number | undefined {
    const timestampUs = parseTimestamp(time);
    if (timestampUs === undefined) return undefined;
    const { everyUs, offsetUs } = this.buckets;
    const startUs = bucketStart(timestampUs, everyUs, offsetUs);
    // A window that lies in two buckets has a part in each.
    const windowUs = Math.max(startUs, bucketStart(timestampUs, this.maxWindowUs, offsetUs));
    let index = this.indexes.get(windowUs);
    if (index === undefined) {
      index = this.indexes.size;
      this.indexes.set(windowUs, index);
      this.times.push(time);
      this.startsUs.push(startUs);
      this.lastsUs.push(timestampUs);
    }
    if (aggregate === 'last') this.lastsUs[index] = timestampUs;
    return index;
  }

  /** Notes its windows. @returns when the buckets begin whose windows another series has noted */
  *addWindowsTo(windows: Map<number, Series>): Generator<number> {
    for (const [windowUs, index] of this.indexes) {
      const startUs = this.startsUs[index];
      if (windows.has(windowUs) && startUs !== undefined) yield startUs;
      windows.set(windowUs, this);
    }
  }

  /** Adds the windows whose aggregates have all arrived. */
  addTo(parts: BucketPart[]): void {
    const { zone, startsUs, lastsUs, values } = this;
    for (let index = 0; index < startsUs.length; index += 1) {
      const startUs = startsUs[index];
      const timestampUs = lastsUs[index];
      const count = values.count[index];
      const min = values.min[index];
      const max = values.max[index];
      const mean = values.mean[index];
      const value = values.last[index];
      if (startUs === undefined || timestampUs === undefined || value === undefined) continue;
      if (count === undefined || min === undefined || max === undefined || mean === undefined) continue;
      parts.push({ startUs, count, min, max, mean, last: { zone, value, timestampUs } });
    }
  }
}

/** One aggregate of one series; its rows come one after the other. */
interface Table {
  readonly columns: CsvColumns;
  /** How its rows begin, and no rows of another table with the same columns. */
  readonly start: string;
  /** Undefined when another program wrote it, and it is not a reading. */
  readonly series: Series | undefined;
  readonly aggregate: Aggregate | undefined;
  readonly timeIndex: number;
  readonly valueIndex: number;
}

/** Assembles the parts of buckets from thousands of rows; what many rows share is looked up once. */
export class BucketPartAssembler {
  private readonly seriesByKey = new Map<string, Series>();
  private table: Table | undefined;
  /** The index of the next row's window, if windows come in the same order as before. */
  private next = 0;

  /**
   * @param buckets which buckets there are
   * @param maxWindowUs the length of the windows; a bucket may have several
   */
  constructor(
    private readonly buckets: EvenBuckets,
    private readonly maxWindowUs: number,
  ) {}

  /** How many series have arrived. */
  get seriesCount(): number {
    return this.seriesByKey.size;
  }

  /** Takes a row. Rows of other programs, which are not readings, are ignored. */
  take(row: CsvRow, columns: CsvColumns): void {
    let { table } = this;
    if (table?.columns !== columns || !row.startsWith(table.start)) {
      table = this.begin(row, columns);
      this.table = table;
      this.next = 0;
    }
    const value = row.field(table.valueIndex);
    if (!table.series || !table.aggregate || value === '') return;
    // InfluxDB writes infinity as +Inf; Number('+Inf') is NaN.
    const index = table.series.take(table.aggregate, row.field(table.timeIndex), Number(value), this.next);
    if (index !== undefined) this.next = index + 1;
  }

  /**
   * Unclear are the buckets where several series of one zone have readings, because readings at one time are one, and those
   * where a sum is not finite.
   */
  found(): FoundParts {
    const parts: BucketPart[] = [];
    const unclear = new Set<number>();
    const zones = new Map<string, Map<number, Series>>();
    for (const series of this.seriesByKey.values()) {
      series.addTo(parts);
      const windows = zones.get(series.zone) ?? new Map<number, Series>();
      zones.set(series.zone, windows);
      for (const startUs of series.addWindowsTo(windows)) unclear.add(startUs);
    }
    for (const { startUs, mean } of parts) if (!Number.isFinite(mean)) unclear.add(startUs);
    return { parts, unclear };
  }

  private begin(row: CsvRow, columns: CsvColumns): Table {
    const [time, value] = [columns.of('_time'), columns.of('_value')];
    const name = columns.read(row, 'result');
    const aggregate = AGGREGATES.find((one) => one === name);
    const zone = columns.read(row, 'zone');
    const isReading = aggregate !== undefined && zone !== '' && time && value?.isNumber;
    return {
      columns,
      start: row.upTo(columns.of('table')?.index ?? 0),
      series: isReading ? this.seriesOf(row, columns, zone) : undefined,
      aggregate,
      timeIndex: time?.index ?? 0,
      valueIndex: value?.index ?? 0,
    };
  }

  /** The group key without its times identifies a series. */
  private seriesOf(row: CsvRow, columns: CsvColumns, zone: string): Series {
    const tags = columns.all.filter(
      ({ isGroup, label }) => isGroup && label !== '_start' && label !== '_stop',
    );
    const key = JSON.stringify(tags.map(({ label }) => [label, columns.read(row, label)]));
    const series = this.seriesByKey.get(key) ?? new Series(zone, this.buckets, this.maxWindowUs);
    this.seriesByKey.set(key, series);
    return series;
  }
}
