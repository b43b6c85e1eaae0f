import { matches } from '../../../auth/pattern.js';
import { formatValue } from '../../../common/errors/format-value.js';
import { MEASUREMENT } from '../../../influx/influxdb/influx-lines.js';
import type { Submitted } from '../../record-refusal.js';
import type { PointMapper } from '../point-mapper.js';
import type { Point } from '../point.js';
import { SENSOR_PREDICTIONS } from '../sensor-predictions.js';
import type { MappingRule } from './mapping-rule.js';
import { SeriesOfReadings } from './series-of-readings.js';

/** How many rules a refusal names. */
const MAX_NAMED_RULES = 10;

/** Which points become which readings: the gateway's own measurement, and what the rules of LINE_MAPPING say. */
export class LineMapping {
  private ignored = 0;
  /** For each measurement that a rule names: the rules that fit, in order. */
  private readonly byMeasurement: ReadonlyMap<string, readonly MappingRule[]>;
  /** The rules with a pattern for the measurement, in order. */
  private readonly patterns: readonly MappingRule[];

  constructor(private readonly rules: readonly MappingRule[] = []) {
    const names = rules.map(({ measurement }) => measurement).filter((name) => !name.includes('*'));
    this.byMeasurement = new Map(
      names.map((name) => [name, rules.filter(({ measurement }) => matches(measurement, name))]),
    );
    this.patterns = rules.filter(({ measurement }) => measurement.includes('*'));
  }

  /** How many points rules with `ignore` passed over since the start. */
  get ignoredPoints(): number {
    return this.ignored;
  }

  /** @returns what makes readings of the points of one request; undefined without rules */
  open(): PointMapper | undefined {
    if (this.rules.length === 0) return undefined;
    const series = new SeriesOfReadings();
    return { toReadings: (point) => this.toReadings(point, series) };
  }

  private toReadings(point: Point, series: SeriesOfReadings): readonly Submitted[] {
    const { measurement } = point;
    if (measurement === MEASUREMENT) return SENSOR_PREDICTIONS.toReadings(point);
    const rule = this.ruleFor(point);
    if (!rule) return [[{ path: 'measurement', message: this.noRule(point) }]];
    if (rule.ignores) {
      this.ignored += 1;
      return [];
    }
    const conflictOf = series.of(point);
    return rule.toReadings(point).map((submitted) => {
      const conflict = 'sensorId' in submitted ? conflictOf(submitted) : undefined;
      return conflict === undefined ? submitted : rule.refused('sensorId', conflict);
    });
  }

  private ruleFor(point: Point): MappingRule | undefined {
    const rules = this.byMeasurement.get(point.measurement);
    if (rules) return rules.find((rule) => rule.takesTags(point));
    return this.patterns.find(
      (rule) => matches(rule.measurement, point.measurement) && rule.takesTags(point),
    );
  }

  private noRule({ measurement }: Point): string {
    const named = this.rules.slice(0, MAX_NAMED_RULES).map((rule) => rule.describe());
    const more = this.rules.length - named.length;
    if (more > 0) named.push(`${more} more`);
    return `no rule of LINE_MAPPING takes this point of the measurement ${formatValue(measurement)}; the rules take ${named.join('; ')}`;
  }
}
