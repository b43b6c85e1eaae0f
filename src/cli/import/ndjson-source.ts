import { formatValue } from '../../common/errors/format-value.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../model/identifier.js';
import {
  IDENTITY_KEYS,
  parseColumnName,
  SENSOR_KEYS,
  WEAK_SENSOR_KEYS,
  WEAK_ZONE_KEYS,
  ZONE_KEYS,
} from './column-names.js';
import { ImportFileError } from './import-file-error.js';
import { lineProblem } from './line-problem.js';
import type { Lines } from './lines.js';
import type { ReadOptions } from './read-options.js';
import type { Row } from './row.js';
import { RowTimes } from './times/row-times.js';

/** The most names of fields that are looked at. */
const MAX_FIELDS = 1_000;

type Json = Readonly<Record<string, unknown>>;

/** The readings of a file with a JSON object on each line, as the gateway exports them. */
export class NdjsonSource {
  private readonly times: RowTimes;
  private hasReadings = false;
  /** Names of fields that tell sensors or zones apart, where a constant would make them one. */
  private readonly tellApart: ReadonlySet<string>[] = [];
  /** Whether a field is one of them, and its first value. */
  private readonly identities = new Map<string, { readonly isOne: boolean; readonly first: unknown }>();
  private readonly names: Readonly<Record<'sensor' | 'zone' | 'time' | 'value' | 'latency', string>>;

  /** @throws ImportFileError for an unknown time zone or format */
  constructor(
    private readonly lines: Lines,
    private readonly options: ReadOptions,
  ) {
    this.names = {
      sensor: options.sensorColumn ?? 'sensorId',
      zone: options.zoneColumn ?? 'zone',
      time: options.timeColumn ?? 'timestamp',
      value: options.valueColumn ?? 'value',
      latency: options.latencyColumn ?? 'latencyMs',
    };
    this.times = new RowTimes(options);
    if (options.sensor !== undefined && options.sensorColumn === undefined)
      this.tellApart.push(SENSOR_KEYS, WEAK_SENSOR_KEYS, IDENTITY_KEYS);
    if (options.zone !== undefined && options.zoneColumn === undefined)
      this.tellApart.push(ZONE_KEYS, WEAK_ZONE_KEYS);
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
    const repeated = Object.values(names).find((name) => isRepeated(name, text));
    if (repeated !== undefined)
      return { line, problem: `field ${formatValue(repeated)}: stands in the object more than once` };
    const problem = this.constantProblem(object, 'sensor') ?? this.constantProblem(object, 'zone');
    if (problem !== undefined) {
      if (!this.hasReadings) throw new ImportFileError(problem);
      return { line, problem };
    }
    const sensorId = this.nameOf(object, 'sensor');
    if (!isIdentifier(sensorId)) return fieldProblem(line, names.sensor, IDENTIFIER_RULE, sensorId);
    const zone = this.nameOf(object, 'zone');
    if (!isIdentifier(zone)) return fieldProblem(line, names.zone, IDENTIFIER_RULE, zone);
    const mixed = this.mixedProblem(object);
    if (mixed !== undefined) return { line, problem: mixed };
    const value = object[names.value];
    if (!isNumber(value)) return fieldProblem(line, names.value, 'a finite number', value);
    const latencyMs = object[names.latency] ?? undefined;
    if (latencyMs !== undefined && !isNumber(latencyMs))
      return fieldProblem(line, names.latency, 'a finite number or absent', latencyMs);
    const timestampUs = this.timeOf(object[names.time], `${sensorId}\n${zone}`);
    if (typeof timestampUs === 'string')
      return { line, problem: `field ${formatValue(names.time)}: ${timestampUs}` };
    this.hasReadings = true;
    return {
      line,
      reading: { sensorId, zone, value, ...(latencyMs !== undefined && { latencyMs }), timestampUs },
    };
  }

  private nameOf(object: Json, what: 'sensor' | 'zone'): unknown {
    return this.options[what] ?? object[this.names[what]];
  }

  private constantProblem(object: Json, what: 'sensor' | 'zone'): string | undefined {
    if (this.options[what] === undefined || this.options[`${what}Column`] === '') return undefined;
    if (object[this.names[what]] === undefined) return undefined;
    return (
      `The field ${formatValue(this.names[what])} names the ${what} of each row, and --${what} names one for all: ` +
      `leave out --${what}, or say --${what}-column "" to pass over the field`
    );
  }

  private mixedProblem(object: Json): string | undefined {
    if (this.tellApart.length === 0) return undefined;
    for (const [name, value] of Object.entries(object)) {
      const known = this.identities.get(name);
      if (known?.isOne === true && known.first !== value)
        return (
          `field ${formatValue(name)}: ${formatValue(value)} is not ${formatValue(known.first)} as in earlier rows, ` +
          `and the two would become one: name the field with --sensor-column or --zone-column, which are "" if it does not matter`
        );
      if (known || this.identities.size >= MAX_FIELDS) continue;
      const { key } = parseColumnName(name);
      this.identities.set(name, { isOne: this.tellApart.some((keys) => keys.has(key)), first: value });
    }
    return undefined;
  }

  private timeOf(time: unknown, series: string): number | string {
    if (typeof time === 'string') return this.times.read(time.trim(), series);
    if (typeof time !== 'number') return `must be a time, got ${formatValue(time)}`;
    if (Math.abs(time) > Number.MAX_SAFE_INTEGER)
      return 'is a number with more digits than JSON numbers keep; write it in quotes';
    return this.times.read(String(time), series);
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

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** Whether an object has a field twice: JSON.parse takes the last one without a word. */
function isRepeated(name: string, text: string): boolean {
  const key = JSON.stringify(name);
  const first = text.indexOf(key);
  if (first === -1 || !text.includes(key, first + key.length)) return false;
  let depth = 0;
  let count = 0;
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ':' && depth === 1 && last === key) count += 1;
    last = token;
  }
  return count > 1;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function fieldProblem(line: number, name: string, rule: string, value: unknown): Row {
  return { line, problem: `field ${formatValue(name)}: must be ${rule}, got ${formatValue(value)}` };
}
