import { type BucketPart, bucketStart } from '../../model/bucket.js';
import { parseTimestamp } from '../../model/timestamp.js';
import type { CsvColumns } from './annotated-csv.js';
import type { CsvRow } from './csv-row.js';

/** What InfluxDB tells of a window, by the names of its functions and of the results. */
export const AGGREGATES = ['count', 'min', 'max', 'mean', 'last'] as const;

type Aggregate = (typeof AGGREGATES)[number];

/** The windows of what InfluxDB holds under one zone and whatever other tags there are. */
class Series {
  /** What came of each result, at the places of the windows. */
  private readonly results: Readonly<Record<Aggregate, number[]>> = {
    count: [],
    min: [],
    max: [],
    mean: [],
    last: [],
  };
  /** The place of each window, by when it begins. */
  private readonly places = new Map<number, number>();
  /** When it begins, as InfluxDB writes it. */
  private readonly times: string[] = [];
  /** Where its bucket begins. */
  private readonly startsUs: number[] = [];
  /** When its last reading is, or where it begins. */
  private readonly lastsUs: number[] = [];

  constructor(
    private readonly zone: string,
    private readonly everyUs: number,
    private readonly maxWindowUs: number,
  ) {}

  /**
   * Takes what came of a result for the window that a time lies in.
   * @param guess the window's place, if windows come in the order in which they came first
   * @returns its place; undefined when it is no time
   */
  take(result: Aggregate, time: string, value: number, guess: number): number | undefined {
    const place = time === this.times[guess] ? guess : this.placeOf(result, time);
    if (place !== undefined) this.results[result][place] = value;
    return place;
  }

  private placeOf(result: Aggregate, time: string): number | undefined {
    const timestampUs = parseTimestamp(time);
    if (timestampUs === undefined) return undefined;
    const startUs = bucketStart(timestampUs, this.everyUs);
    // A window that the beginning of a bucket cuts in two has a part in each.
    const windowUs = Math.max(startUs, bucketStart(timestampUs, this.maxWindowUs));
    let place = this.places.get(windowUs);
    if (place === undefined) {
      place = this.places.size;
      this.places.set(windowUs, place);
      this.times.push(time);
      this.startsUs.push(startUs);
      this.lastsUs.push(timestampUs);
    }
    if (result === 'last') this.lastsUs[place] = timestampUs;
    return place;
  }

  /** Adds those windows of which all results have come. */
  addTo(parts: BucketPart[]): void {
    const { zone, startsUs, lastsUs, results } = this;
    for (let place = 0; place < startsUs.length; place += 1) {
      const startUs = startsUs[place];
      const timestampUs = lastsUs[place];
      const count = results.count[place];
      const min = results.min[place];
      const max = results.max[place];
      const mean = results.mean[place];
      const value = results.last[place];
      if (startUs === undefined || timestampUs === undefined || value === undefined) continue;
      if (count === undefined || min === undefined || max === undefined || mean === undefined) continue;
      parts.push({ startUs, count, min, max, mean, last: { zone, value, timestampUs } });
    }
  }
}

/** A result of a series, whose rows come one after the other. */
interface Table {
  readonly columns: CsvColumns;
  /** What its rows begin with, and those of no other table with the same columns. */
  readonly start: string;
  /** Undefined when others wrote it, and it is no reading. */
  readonly series: Series | undefined;
  readonly result: Aggregate | undefined;
  readonly timeIndex: number;
  readonly valueIndex: number;
}

/** Reads thousands of rows for one chart: what is the same for many of them is found out once. */
export class BucketPartAssembler {
  private readonly seriesByKey = new Map<string, Series>();
  private table: Table | undefined;
  /** The place of the next row's window, if it comes in the order of the results before. */
  private next = 0;

  /**
   * @param everyUs the length of the buckets
   * @param maxWindowUs that of the windows, of which a bucket may have many
   */
  constructor(
    private readonly everyUs: number,
    private readonly maxWindowUs: number,
  ) {}

  /** How many series have come. */
  get seriesCount(): number {
    return this.seriesByKey.size;
  }

  /** Takes a row; what others wrote into the bucket and is no reading changes nothing. */
  take(row: CsvRow, columns: CsvColumns): void {
    let { table } = this;
    if (table?.columns !== columns || !row.startsWith(table.start)) {
      table = this.begin(row, columns);
      this.table = table;
      this.next = 0;
    }
    const value = row.field(table.valueIndex);
    if (!table.series || !table.result || value === '') return;
    // Infinity becomes NaN: Number() does not know InfluxDB's word for it.
    const place = table.series.take(table.result, row.field(table.timeIndex), Number(value), this.next);
    if (place !== undefined) this.next = place + 1;
  }

  parts(): BucketPart[] {
    const parts: BucketPart[] = [];
    for (const series of this.seriesByKey.values()) series.addTo(parts);
    return parts;
  }

  private begin(row: CsvRow, columns: CsvColumns): Table {
    const [time, value] = [columns.of('_time'), columns.of('_value')];
    const name = columns.read(row, 'result');
    const result = AGGREGATES.find((one) => one === name);
    const zone = columns.read(row, 'zone');
    const isReading = result !== undefined && zone !== '' && time && value?.isNumber;
    return {
      columns,
      start: row.upTo(columns.of('table')?.index ?? 0),
      series: isReading ? this.seriesOf(row, columns, zone) : undefined,
      result,
      timeIndex: time?.index ?? 0,
      valueIndex: value?.index ?? 0,
    };
  }

  /** All that rows are grouped by, but for the times, tells series apart. */
  private seriesOf(row: CsvRow, columns: CsvColumns, zone: string): Series {
    const tags = columns.all.filter(
      ({ isGroup, label }) => isGroup && label !== '_start' && label !== '_stop',
    );
    const key = JSON.stringify(tags.map(({ label }) => [label, columns.read(row, label)]));
    const series = this.seriesByKey.get(key) ?? new Series(zone, this.everyUs, this.maxWindowUs);
    this.seriesByKey.set(key, series);
    return series;
  }
}
