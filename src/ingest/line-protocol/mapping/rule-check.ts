import { formatValue } from '../../../common/errors/format-value.js';
import { mustBeMessage } from '../../../common/validation/must-be.js';
import { MEASUREMENT } from '../../../influx/influxdb/influx-lines.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../../model/identifier.js';
import type { ReadingsSpec, RuleSpec } from './mapping-rule.js';
import { Template, TEMPLATE_RULE } from './template.js';

/** What is wrong with the file, and where: the index of the rule, and the keys below it. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const KEYS = ['measurement', 'tags', 'fields', 'sensorId', 'zone', 'latencyMs', 'booleans', 'ignore'];
/** Keys that say how a point becomes readings; a rule with `ignore` makes none. */
const READING_KEYS = ['fields', 'sensorId', 'zone', 'latencyMs', 'booleans'];
const PATTERN_RULE = 'a text, with * for any characters';
const FIELDS_RULE = 'a name, a pattern such as "*", or a list of them';

/** @param content of the file; objects are Maps, and all other values texts. @returns the rules, to be used without problems */
export function checkRules(content: unknown): { specs: readonly RuleSpec[]; problems: readonly Problem[] } {
  if (!Array.isArray(content) || content.length === 0) {
    const message = mustBeMessage(
      'the file',
      'a list of rules, each with measurement, fields, sensorId and zone',
      shown(content),
    );
    return { specs: [], problems: [{ path: [], message }] };
  }
  const specs: RuleSpec[] = [];
  const problems: Problem[] = [];
  for (const [index, rule] of (content as unknown[]).entries()) {
    if (rule instanceof Map) {
      const { spec, problems: found } = new RuleCheck(rule, index);
      const same = specs.find((other) => takesSame(other, spec));
      specs.push(spec);
      problems.push(...found);
      if (same) {
        const message = `rule ${spec.number} takes the same points as rule ${same.number}, which comes first: it must differ in measurement or tags`;
        problems.push({ path: [index], message });
      }
    } else {
      const message = mustBeMessage('the rule', `an object with the keys ${KEYS.join(', ')}`, shown(rule));
      problems.push({ path: [index], message });
    }
  }
  return { specs, problems };
}

function takesSame(one: RuleSpec, other: RuleSpec): boolean {
  return (
    one.measurement === other.measurement &&
    one.tags.size === other.tags.size &&
    [...one.tags].every(([name, pattern]) => other.tags.get(name) === pattern)
  );
}

/** The check of one rule. */
class RuleCheck {
  readonly problems: Problem[] = [];
  readonly spec: RuleSpec;

  constructor(
    private readonly rule: ReadonlyMap<unknown, unknown>,
    private readonly index: number,
  ) {
    for (const key of this.rule.keys())
      if (!KEYS.includes(key as string))
        this.add([key], `${formatValue(shown(key))} is not known here; the keys are ${KEYS.join(', ')}`);
    const ignores = this.flag('ignore');
    this.spec = {
      number: index + 1,
      measurement: this.measurement(),
      tags: this.tags(),
      readings: ignores ? undefined : this.readings(),
    };
    if (ignores)
      for (const key of READING_KEYS)
        if (this.rule.has(key)) this.add([key], `${key} must be absent where ignore is true`);
  }

  private measurement(): string {
    const measurement = this.text('measurement', PATTERN_RULE);
    if (measurement === MEASUREMENT)
      this.add(
        ['measurement'],
        `measurement must be another than ${MEASUREMENT}, which the gateway reads by itself`,
      );
    return measurement;
  }

  private tags(): ReadonlyMap<string, string> {
    const tags = this.rule.get('tags');
    if (tags === undefined) return new Map();
    if (!(tags instanceof Map)) {
      this.mustBe(['tags'], 'tags', 'an object from names of tags to their values', tags);
      return new Map();
    }
    for (const [name, value] of tags)
      if (!isText(name) || !isText(value))
        this.mustBe(['tags', name], `tags.${formatValue(shown(name))}`, PATTERN_RULE, value);
    return tags as ReadonlyMap<string, string>;
  }

  private readings(): ReadingsSpec | undefined {
    const fields = this.fields();
    const sensorId = this.template('sensorId');
    const zone = this.template('zone');
    const [first = '*'] = fields;
    if (sensorId && !sensorId.namesField && (fields.length > 1 || first.includes('*')))
      this.add(
        ['sensorId'],
        'sensorId must contain {field} where fields can be several: their readings would overwrite each other',
      );
    const latencyField = this.rule.has('latencyMs')
      ? this.text('latencyMs', 'the name of a field')
      : undefined;
    if (latencyField !== undefined && (latencyField.includes('*') || fields.includes(latencyField)))
      this.mustBe(
        ['latencyMs'],
        'latencyMs',
        'the name of one field that fields does not name',
        latencyField,
      );
    const booleans = this.flag('booleans');
    // A rule with a wrong template is not used.
    return sensorId && zone && { fields, sensorId, zone, latencyField, booleans };
  }

  private fields(): readonly string[] {
    const fields = this.rule.get('fields');
    const list: unknown[] = Array.isArray(fields) ? fields : [fields];
    if (list.length > 0 && list.every(isText)) return list;
    this.mustBe(['fields'], 'fields', FIELDS_RULE, fields);
    return [];
  }

  private template(key: 'sensorId' | 'zone'): Template | undefined {
    const value = this.rule.get(key);
    const template = isText(value) ? Template.parse(value) : undefined;
    if (!template) this.mustBe([key], key, TEMPLATE_RULE, value);
    else if (!isIdentifier(template.shortest))
      this.mustBe([key], key, `a template whose texts are ${IDENTIFIER_RULE}`, value);
    return template;
  }

  private text(key: string, rule: string): string {
    const value = this.rule.get(key);
    if (isText(value)) return value;
    this.mustBe([key], key, rule, value);
    return '';
  }

  private flag(key: string): boolean {
    const value = this.rule.get(key);
    if (value !== undefined && value !== 'true' && value !== 'false')
      this.mustBe([key], key, 'true or false', value);
    return value === 'true';
  }

  private mustBe(path: readonly unknown[], name: string, rule: string, value: unknown): void {
    this.add(path, mustBeMessage(name, rule, shown(value)));
  }

  private add(path: readonly unknown[], message: string): void {
    this.problems.push({ path: [this.index, ...(path as string[])], message });
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** JSON cannot show a Map. */
function shown(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, one]) => [String(key), shown(one)]));
  return Array.isArray(value) ? value.map(shown) : value;
}
