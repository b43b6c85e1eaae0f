import { formatValue } from '../../common/errors/format-value.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../model/identifier.js';
import { ImportFileError } from './import-file-error.js';
import { lineProblem } from './line-problem.js';
import type { Lines } from './lines.js';
import type { ReadOptions } from './read-options.js';
import type { Row } from './row.js';
import { RowTimes } from './times/row-times.js';

type Json = Readonly<Record<string, unknown>>;

/** The readings of a file with a JSON object on each line, as the gateway exports them. */
export class NdjsonSource {
  private readonly times: RowTimes;
  private readonly names: Readonly<Record<'sensor' | 'zone' | 'time' | 'value' | 'latency', string>>;

  /** @throws ImportFileError when an option fits CSV alone */
  constructor(
    private readonly lines: Lines,
    private readonly options: ReadOptions,
  ) {
    for (const option of ['wide', 'dateColumn', 'delimiter', 'decimal'] as const)
      if (options[option] !== undefined && options[option] !== false && options[option] !== '.')
        throw new ImportFileError(`--${option.replace('C', '-c')} is for CSV files; this one is NDJSON`);
    this.names = {
      sensor: options.sensorColumn ?? 'sensorId',
      zone: options.zoneColumn ?? 'zone',
      time: options.timeColumn ?? 'timestamp',
      value: options.valueColumn ?? 'value',
      latency: options.latencyColumn ?? 'latencyMs',
    };
    this.times = new RowTimes(options);
  }

  get description(): readonly string[] {
    const { sensor, zone, time, value, latency } = this.names;
    return [
      `sensor: ${this.options.sensor ?? `field ${formatValue(sensor)}`}`,
      `zone: ${this.options.zone ?? `field ${formatValue(zone)}`}`,
      `time: field ${formatValue(time)}, ${this.times.description}`,
      `value: field ${formatValue(value)}`,
      `latency: field ${formatValue(latency)}, milliseconds, where there is one`,
    ];
  }

  async *rows(): AsyncGenerator<Row> {
    const { lines } = this;
    for (let skipped = 0; skipped < (this.options.skip ?? 0); skipped += 1)
      if (await lines.fill()) lines.next();
    while (await lines.fill()) {
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        if (line?.trim() === '') continue;
        const number = lines.number;
        const problem = lineProblem(line);
        yield line === null || problem !== undefined
          ? { line: number, problem: problem ?? '' }
          : this.read(number, line);
      }
    }
  }

  private read(line: number, text: string): Row {
    const object = parseObject(text);
    if (!object) return { line, problem: `the line must be a JSON object, got ${formatValue(text)}` };
    const { names } = this;
    const sensorId = this.nameOf(object, 'sensor');
    if (!isIdentifier(sensorId)) return fieldProblem(line, names.sensor, IDENTIFIER_RULE, sensorId);
    const zone = this.nameOf(object, 'zone');
    if (!isIdentifier(zone)) return fieldProblem(line, names.zone, IDENTIFIER_RULE, zone);
    const value = object[names.value];
    if (!isNumber(value)) return fieldProblem(line, names.value, 'a finite number', value);
    const latencyMs = object[names.latency] ?? undefined;
    if (latencyMs !== undefined && !isNumber(latencyMs))
      return fieldProblem(line, names.latency, 'a finite number or absent', latencyMs);
    const timestampUs = this.timeOf(object[names.time], sensorId);
    if (typeof timestampUs === 'string')
      return { line, problem: `field ${formatValue(names.time)}: ${timestampUs}` };
    return {
      line,
      reading: { sensorId, zone, value, ...(latencyMs !== undefined && { latencyMs }), timestampUs },
    };
  }

  private nameOf(object: Json, what: 'sensor' | 'zone'): unknown {
    const named = object[this.names[what]];
    const constant = this.options[what];
    if (constant === undefined) return named;
    if (named !== undefined && this.options[`${what}Column`] !== '')
      throw new ImportFileError(
        `The field ${formatValue(this.names[what])} names the ${what} of each row, and --${what} names one for all: ` +
          `leave out --${what}, or say --${what}-column "" to pass over the field`,
      );
    return constant;
  }

  private timeOf(time: unknown, sensorId: string): number | string {
    if (typeof time === 'string') return this.times.read(time.trim(), sensorId);
    if (typeof time !== 'number') return `must be a time, got ${formatValue(time)}`;
    if (Math.abs(time) > Number.MAX_SAFE_INTEGER)
      return 'is a number with more digits than JSON numbers keep; write it in quotes';
    return this.times.read(String(time), sensorId);
  }
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function fieldProblem(line: number, name: string, rule: string, value: unknown): Row {
  return { line, problem: `field ${formatValue(name)}: must be ${rule}, got ${formatValue(value)}` };
}
