import { formatValue } from '../../common/errors/format-value.js';
import { isIdentifier } from '../../model/identifier.js';
import {
  bothZones,
  type ColumnName,
  DATE_KEYS,
  IDENTITY_KEYS,
  isMilliseconds,
  LATENCY_KEYS,
  OTHER_KEYS,
  parseColumnName,
  SENSOR_KEYS,
  SERIES_KEYS,
  TIME_KEYS,
  TIME_OF_DAY_KEYS,
  TIME_PART_KEYS,
  unitOf,
  VALUE_KEYS,
  WEAK_SENSOR_KEYS,
  WEAK_ZONE_KEYS,
  ZONE_KEYS,
  zoneOf,
} from './column-names.js';
import { ImportFileError } from './import-file-error.js';
import type { ReadOptions } from './read-options.js';
import type { TimeHints } from './times/row-times.js';

export interface Column {
  readonly at: number;
  readonly name: string;
}

/** Which columns of a file hold what. */
export interface Columns {
  readonly time: Column;
  readonly date?: Column;
  readonly sensor?: Column;
  readonly zone?: Column;
  readonly latency?: Column;
  /** One; with `wide` those that are sensors. */
  readonly values: readonly Column[];
  readonly unused: readonly Column[];
  /** Columns that tell series apart: one sensor cannot have several values in them. */
  readonly series: readonly Column[];
  readonly timeHints: TimeHints;
}

/**
 * Finds the columns by the options, else by their names.
 * @param extra further columns that hold no value
 * @throws ImportFileError when a column is missing, or two fit: it names the option that decides
 */
export function chooseColumns(
  header: readonly string[],
  options: ReadOptions,
  extra: ReadonlySet<string> = new Set(),
): Columns {
  return new ColumnChooser(header, options, extra).choose();
}

type ColumnOption =
  'timeColumn' | 'dateColumn' | 'sensorColumn' | 'zoneColumn' | 'valueColumn' | 'latencyColumn';
const FLAGS: Readonly<Record<ColumnOption, string>> = {
  timeColumn: '--time-column',
  dateColumn: '--date-column',
  sensorColumn: '--sensor-column',
  zoneColumn: '--zone-column',
  valueColumn: '--value-column',
  latencyColumn: '--latency-column',
};

const BUCKET_KEYS = ['start', 'count', 'min', 'max', 'mean', 'last'];
const MAX_NAMES_SHOWN = 30;

interface NamedColumn extends Column, ColumnName {}

class ColumnChooser {
  private readonly columns: readonly NamedColumn[];
  private readonly used = new Set<Column>();

  constructor(
    private readonly header: readonly string[],
    private readonly options: ReadOptions,
    private readonly extra: ReadonlySet<string>,
  ) {
    this.columns = header.map((text, at) => {
      const name = parseColumnName(text);
      return { at, name: name.text, ...name };
    });
  }

  choose(): Columns {
    const keys = new Set(this.columns.map(({ key }) => key));
    if (BUCKET_KEYS.every((key) => keys.has(key)))
      throw new ImportFileError(
        'The file has buckets (start, count, min, max, mean, last), not readings; export without every= or points=',
      );
    const { time, date } = this.chooseTime();
    const sensor = this.chooseName('sensorColumn', 'sensor', SENSOR_KEYS, WEAK_SENSOR_KEYS);
    const zone = this.chooseName('zoneColumn', 'zone', ZONE_KEYS, WEAK_ZONE_KEYS);
    const latency = this.chooseLatency();
    const values = this.options.wide === true ? this.chooseSensors() : [this.chooseValue()];
    const unused = this.columns.filter((column) => !this.used.has(column));
    this.refuseTimeParts(unused, time);
    const unit = unitOf(time);
    const timeZone = bothZones(zoneOf(time), date && zoneOf(date));
    return {
      time,
      ...(date && { date }),
      ...(sensor && { sensor }),
      ...(zone && { zone }),
      ...(latency && { latency }),
      values,
      unused,
      series: this.seriesOf(unused, sensor),
      timeHints: { ...(unit && { unit }), ...(timeZone && { zone: timeZone }) },
    };
  }

  /** A choice with --sensor-column says that these columns do not matter. */
  private seriesOf(unused: readonly NamedColumn[], sensor: NamedColumn | undefined): NamedColumn[] {
    if (this.options.sensorColumn !== undefined) return [];
    const keys = sensor ? SERIES_KEYS : IDENTITY_KEYS;
    return unused.filter(({ key }) => keys.has(key));
  }

  /** A time without its hour would be midnight. --time-column says that they do not matter. */
  private refuseTimeParts(unused: readonly NamedColumn[], time: NamedColumn): void {
    const part = unused.find(({ key }) => TIME_PART_KEYS.has(key));
    if (!part || this.options.timeColumn !== undefined) return;
    throw new ImportFileError(
      `The column ${formatValue(part.name)} has a part of the time, which would be lost: name the time of day with --time-column and ` +
        `the date with --date-column, or say --time-column ${formatValue(time.name)} to read this column alone`,
    );
  }

  private chooseTime(): { time: NamedColumn; date?: NamedColumn } {
    const date = this.named('dateColumn');
    const time = this.named('timeColumn');
    if (time) return { time, ...(date && { date }) };
    const times = this.free(TIME_KEYS);
    const [oneTime] = times;
    if (date) {
      const [one] = this.free(TIME_OF_DAY_KEYS);
      if (!one) throw this.missing('timeColumn', 'no column has a usual name of the time of day');
      return { time: this.use(one), date };
    }
    const dates = this.free(DATE_KEYS);
    const [oneDate] = dates;
    const one = oneTime ?? oneDate;
    if (one && times.length + dates.length === 1) return { time: this.use(one) };
    if (times.length === 1 && dates.length === 1 && oneTime && oneDate && TIME_OF_DAY_KEYS.has(oneTime.key))
      return { time: this.use(oneTime), date: this.use(oneDate) };
    throw times.length + dates.length === 0
      ? this.missing(
          'timeColumn',
          'no column has a usual name of a time; if the names are in a later line, say --skip N',
        )
      : this.ambiguous('timeColumn', [...dates, ...times]);
  }

  /** The column that names the sensor, or the zone, of each row. */
  private chooseName(
    option: 'sensorColumn' | 'zoneColumn',
    constant: 'sensor' | 'zone',
    keys: ReadonlySet<string>,
    weakKeys: ReadonlySet<string>,
  ): NamedColumn | undefined {
    const isGiven = this.options[constant] !== undefined;
    if (this.options[option] === '') return isGiven ? undefined : this.throwMissingName(option, constant);
    const chosen = this.named(option);
    if (chosen) return chosen;
    const strong = this.free(keys);
    const found = strong.length > 0 ? strong : this.free(weakKeys);
    const [one] = found;
    if (found.length > 1) throw this.ambiguous(option, found);
    // With a sensor for each column the constant is what stands before their names.
    if (one && isGiven)
      throw new ImportFileError(
        `The column ${formatValue(one.name)} names the ${constant} of each row, and --${constant} names one for all: ` +
          `leave out --${constant}, or say ${FLAGS[option]} "" to pass over the column`,
      );
    if (one) return this.use(one);
    const isNeeded = !isGiven && !(constant === 'sensor' && this.options.wide === true);
    return isNeeded ? this.throwMissingName(option, constant) : undefined;
  }

  private throwMissingName(option: ColumnOption, constant: string): never {
    throw new ImportFileError(
      `--${constant} is needed, or ${FLAGS[option]}: no column names the ${constant} of a row; ${this.names()}`,
    );
  }

  private chooseLatency(): NamedColumn | undefined {
    if (this.options.latencyColumn === '') return undefined;
    const chosen = this.named('latencyColumn');
    if (chosen && !isMilliseconds(chosen))
      throw new ImportFileError(`--latency-column ${chosen.name} is not in milliseconds, as its name says`);
    if (chosen) return chosen;
    const found = this.free(LATENCY_KEYS).filter(isMilliseconds);
    if (found.length > 1) throw this.ambiguous('latencyColumn', found);
    return found[0] && this.use(found[0]);
  }

  private chooseValue(): NamedColumn {
    const chosen = this.named('valueColumn');
    if (chosen) return chosen;
    const named = this.free(VALUE_KEYS);
    const found = named.length > 0 ? named : this.candidates();
    const [one] = found;
    if (!one) throw this.missing('valueColumn', 'no column is left that could hold a value');
    if (found.length === 1) return this.use(one);
    const hint = named.length > 0 ? '' : ', or --wide when each of them is a sensor';
    throw this.ambiguous('valueColumn', found, hint);
  }

  private chooseSensors(): readonly NamedColumn[] {
    if (this.options.valueColumn !== undefined)
      throw new ImportFileError('--wide reads each further column; leave out --value-column');
    const columns = this.candidates();
    if (columns.length === 0) throw new ImportFileError(`No column is left to be a sensor; ${this.names()}`);
    for (const column of columns) {
      this.refuseDuplicate(column);
      if (!isIdentifier(column.name))
        throw new ImportFileError(
          `The column ${formatValue(column.name)} cannot name a sensor: it must have 1 to 128 characters, no control characters and no backslash`,
        );
      this.used.add(column);
    }
    return columns;
  }

  private candidates(): NamedColumn[] {
    return this.columns.filter(
      (column) => !this.used.has(column) && !OTHER_KEYS.has(column.key) && !this.extra.has(column.key),
    );
  }

  private free(keys: ReadonlySet<string>): NamedColumn[] {
    return this.columns.filter((column) => keys.has(column.key) && !this.used.has(column));
  }

  private named(option: ColumnOption): NamedColumn | undefined {
    const name = this.options[option];
    if (name === undefined) return undefined;
    const column = this.columns.find((one) => one.name === name.trim());
    if (!column)
      throw new ImportFileError(
        `${FLAGS[option]} is ${formatValue(name)}, but there is no such column; ${this.names()}`,
      );
    return this.use(column);
  }

  private use(column: NamedColumn): NamedColumn {
    this.refuseDuplicate(column);
    this.used.add(column);
    return column;
  }

  private refuseDuplicate({ name }: NamedColumn): void {
    if (this.columns.filter((column) => column.name === name).length > 1)
      throw new ImportFileError(`Two columns have the name ${formatValue(name)}; rename one in the header`);
  }

  private ambiguous(option: ColumnOption, columns: readonly NamedColumn[], hint = ''): ImportFileError {
    for (const column of columns) this.refuseDuplicate(column);
    const names = columns.slice(0, MAX_NAMES_SHOWN).map(({ name }) => formatValue(name));
    return new ImportFileError(`Say which column is meant with ${FLAGS[option]}${hint}: ${names.join(', ')}`);
  }

  private missing(option: ColumnOption, why: string): ImportFileError {
    return new ImportFileError(`${FLAGS[option]} is needed: ${why}; ${this.names()}`);
  }

  private names(): string {
    const shown = this.header.slice(0, MAX_NAMES_SHOWN).map((name) => formatValue(name.trim()));
    const more = this.header.length - shown.length;
    const looksLikeData = this.columns.some(({ text }) => /^[+-]?\d[\d.,:\-/T ]*$/.test(text));
    const hint = looksLikeData
      ? ' (the first line looks like data: the file needs a line with the names)'
      : '';
    return `the columns are ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}${hint}`;
  }
}
