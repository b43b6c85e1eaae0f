import type { Reading } from '../../model/reading.js';
import { formatTimestamp } from '../../model/timestamp.js';
import { count } from '../number-text.js';
import type { ReadingSource } from './reading-source.js';
import { RefusalLog } from './refusal-log.js';
import { RepeatCounter } from './repeat-counter.js';
import type { ReadingRow, Row } from './row.js';
import { formatOutcome, type Noun, POSSIBLE } from './summary.js';

/** The first readings of the first sensors are shown. */
const MAX_SHOWN_SENSORS = 5;
const MAX_SHOWN_PER_SENSOR = 3;
/** The most sensors that are counted. */
const MAX_COUNTED_SENSORS = 100_000;

interface Range {
  min: number;
  max: number;
}

/** Reads a whole file and tells how it is understood. Sends nothing. */
export class DryRun {
  rows = 0;
  readonly unfit = new RefusalLog();
  private readonly repeats = new RepeatCounter();
  private readonly shown: ReadingRow[] = [];
  private readonly shownOf = new Map<string, number>();
  private readonly sensors = new Set<string>();
  private readonly times: Range = { min: Infinity, max: -Infinity };
  private readonly values: Range = { min: Infinity, max: -Infinity };

  constructor(private readonly noun: Noun) {}

  async run(rows: AsyncIterable<Row>, signal: AbortSignal): Promise<void> {
    for await (const row of rows) {
      if (signal.aborted) return;
      this.rows += 1;
      if ('problem' in row) this.unfit.add(row.line, row.problem);
      else this.take(row);
    }
  }

  report({ description, comments }: ReadingSource): string[] {
    const { noun, rows, unfit, repeats } = this;
    const outcome = formatOutcome(
      {
        noun,
        rows,
        accepted: rows - unfit.count,
        refused: [unfit],
        comments,
        repeats: { count: repeats.count(), isAtMost: false, problem: repeats.problem },
      },
      POSSIBLE,
    );
    repeats.close();
    return [
      'Nothing is sent. This is how the file is understood:',
      ...description,
      '',
      ...this.facts(),
      ...outcome,
    ];
  }

  private facts(): string[] {
    const { sensors, times, values } = this;
    if (sensors.size === 0) return [];
    const more = sensors.size > MAX_COUNTED_SENSORS ? 'more than ' : '';
    return [
      ...table(this.shown),
      '',
      `sensors: ${more}${count(Math.min(sensors.size, MAX_COUNTED_SENSORS))}`,
      `times:   ${formatTimestamp(times.min)} to ${formatTimestamp(times.max)}`,
      `values:  ${values.min} to ${values.max}`,
      '',
    ];
  }

  private take(row: ReadingRow): void {
    const { reading } = row;
    this.repeats.add(reading);
    if (this.sensors.size <= MAX_COUNTED_SENSORS) this.sensors.add(reading.sensorId);
    widen(this.times, reading.timestampUs);
    widen(this.values, reading.value);
    const shown = this.shownOf.get(reading.sensorId) ?? 0;
    if (shown >= MAX_SHOWN_PER_SENSOR || (shown === 0 && this.shownOf.size >= MAX_SHOWN_SENSORS)) return;
    this.shownOf.set(reading.sensorId, shown + 1);
    this.shown.push(row);
  }
}

function widen(range: Range, number: number): void {
  if (number < range.min) range.min = number;
  if (number > range.max) range.max = number;
}

function table(rows: readonly ReadingRow[]): string[] {
  const cells = [
    ['line', 'sensor', 'zone', 'value', 'latency (ms)', 'time'],
    ...rows.map(({ line, reading }) => [String(line), ...cellsOf(reading)]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf({ sensorId, zone, value, latencyMs, timestampUs }: Reading): string[] {
  return [
    sensorId,
    zone,
    String(value),
    latencyMs === undefined ? 'none' : String(latencyMs),
    formatTimestamp(timestampUs),
  ];
}
