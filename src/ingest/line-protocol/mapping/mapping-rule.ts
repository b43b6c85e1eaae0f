import { matches } from '../../../auth/pattern.js';
import { formatValue } from '../../../common/errors/format-value.js';
import { mustBeMessage } from '../../../common/validation/must-be.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../../model/identifier.js';
import type { Submitted } from '../../record-refusal.js';
import { type Point, readNumber } from '../point.js';
import type { Template } from './template.js';

/** What a rule of the mapping says; in patterns, `*` stands for any number of characters. */
export interface RuleSpec {
  /** Counted from 1, for messages. */
  readonly number: number;
  /** A pattern. */
  readonly measurement: string;
  /** The tags that a point must have, with patterns for their values. */
  readonly tags: ReadonlyMap<string, string>;
  /** How its points become readings; undefined when they are ignored. */
  readonly readings: ReadingsSpec | undefined;
}

export interface ReadingsSpec {
  /** Patterns for the fields that become readings. */
  readonly fields: readonly string[];
  readonly sensorId: Template;
  readonly zone: Template;
  /** The field with the latency in milliseconds, for all readings of a point. */
  readonly latencyField: string | undefined;
  /** Whether true becomes 1 and false 0. */
  readonly booleans: boolean;
}

const TRUE = ['t', 'T', 'true', 'True', 'TRUE'];
const FALSE = ['f', 'F', 'false', 'False', 'FALSE'];
/** How many names a message shows. */
const MAX_SHOWN = 5;

/** Makes readings of the points that a rule of the mapping takes. */
export class MappingRule {
  private readonly namedFields: ReadonlySet<string>;
  private readonly fieldPatterns: readonly string[];

  constructor(private readonly spec: RuleSpec) {
    const fields = spec.readings?.fields ?? [];
    this.namedFields = new Set(fields.filter((field) => !field.includes('*')));
    this.fieldPatterns = fields.filter((field) => field.includes('*'));
  }

  get measurement(): string {
    return this.spec.measurement;
  }

  get ignores(): boolean {
    return this.spec.readings === undefined;
  }

  /** Whether it takes a point of a measurement that fits. */
  takesTags({ tags }: Point): boolean {
    for (const [name, pattern] of this.spec.tags) {
      const value = tags.get(name);
      if (value === undefined || !matches(pattern, value)) return false;
    }
    return true;
  }

  /** @returns a reading, or why it is none, for each field that is to be one; at least one, unless the rule ignores points */
  toReadings(point: Point): readonly Submitted[] {
    const { readings: spec } = this.spec;
    if (!spec) return [];
    const sensorTexts = spec.sensorId.resolve(point);
    if (typeof sensorTexts === 'string') return [this.refused('sensorId', `sensorId ${sensorTexts}`)];
    const zoneTexts = spec.zone.resolve(point);
    if (typeof zoneTexts === 'string') return [this.refused('zone', `zone ${zoneTexts}`)];
    const latency = spec.latencyField === undefined ? undefined : point.fields.get(spec.latencyField);
    const latencyMs = latency === undefined ? undefined : readNumber(spec.latencyField ?? '', latency);
    if (typeof latencyMs === 'string') return [this.refused('latencyMs', latencyMs)];
    const submitted: Submitted[] = [];
    for (const [field, text] of point.fields) {
      const value = this.valueOf(field, text);
      if (value === undefined) continue;
      const sensorId = sensorTexts.join(field);
      const zone = zoneTexts.join(field);
      if (typeof value === 'string') submitted.push(this.refused(field, value));
      else if (!isIdentifier(sensorId))
        submitted.push(this.refused('sensorId', mustBeMessage('sensorId', IDENTIFIER_RULE, sensorId)));
      else if (!isIdentifier(zone))
        submitted.push(this.refused('zone', mustBeMessage('zone', IDENTIFIER_RULE, zone)));
      else submitted.push({ sensorId, zone, value, latencyMs, timestampUs: point.timestampUs });
    }
    return submitted.length > 0 ? submitted : [this.refused('fields', this.noField(point, spec))];
  }

  /** @returns why a point, or a field of it, is no reading */
  refused(path: string, message: string): Submitted {
    return [{ path, message: `rule ${this.spec.number} of LINE_MAPPING: ${message}` }];
  }

  /** What a message says of the points that it takes, such as modbus with type=coil. */
  describe(): string {
    const tags = shownOf([...this.spec.tags].map(([name, value]) => `${name}=${value}`));
    return `${this.spec.measurement}${tags === '' ? '' : ` with ${tags}`}`;
  }

  /** @returns undefined when the field is to be no reading; a text says what is wrong with it */
  private valueOf(field: string, text: string): number | string | undefined {
    const spec = this.spec.readings;
    if (!spec || field === spec.latencyField) return undefined;
    const isNamed = this.namedFields.has(field);
    if (!isNamed && !this.fieldPatterns.some((pattern) => matches(pattern, field))) return undefined;
    const truth = TRUE.includes(text) ? 1 : FALSE.includes(text) ? 0 : undefined;
    if (truth !== undefined && spec.booleans) return truth;
    // Of the fields that a pattern takes, those of another type are no fault.
    if (!isNamed && (truth !== undefined || text.startsWith('"'))) return undefined;
    return readNumber(field, text);
  }

  private noField({ fields }: Point, spec: ReadingsSpec): string {
    const rule = `at least one field ${shownOf(spec.fields)} must be a number${spec.booleans ? ' or a boolean' : ''}`;
    return `${rule}; the fields of the point are ${shownOf([...fields.keys()])}`;
  }
}

function shownOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN).map((name) => (name.length > 80 ? formatValue(name) : name));
  if (names.length > MAX_SHOWN) shown.push(`${names.length - MAX_SHOWN} more`);
  return shown.join(', ');
}
