import type { BucketSurvey, SensorPoints } from '../../influx/influxdb/bucket-survey.js';
import { ALL_TIME } from '../../influx/influxdb/influx-readings.js';
import { formatTimestamp } from '../../model/timestamp.js';
import { count } from '../number-text.js';
import type { SensorComparison } from './comparer.js';

/** The most lines about sensors. */
const MAX_NAMED = 100;

/** What a migration leaves out or changes of one sensor: points by words about them. */
type Losses = readonly (readonly [points: number, words: string])[];

const OUTSIDE = `values before ${formatTimestamp(ALL_TIME.fromUs)} or from ${formatTimestamp(ALL_TIME.toUs)} on, left out`;

/** Compares what a bucket has with the readings that were found in it, and says what is left out or changed. */
export class LeftOut {
  private readonly lines: string[] = [];
  private unnamed = 0;
  private readonly sensors: Map<string, SensorPoints>;

  /** @param survey made before the sensors were found; undefined for a source that has nothing but readings */
  constructor(private readonly survey: BucketSurvey | undefined) {
    this.sensors = new Map(survey?.sensors);
  }

  /** To be called once for each sensor that is copied. */
  take({ sensorId, source }: SensorComparison): void {
    const points = this.sensors.get(sensorId);
    if (!points) return;
    this.sensors.delete(sensorId);
    this.add(sensorId, [
      [points.values - source.count, 'values at the zone and microsecond of another one, left out'],
      [points.latencies - source.latencies, 'latencies at no copied value, left out'],
      ...lossesOf(points),
    ]);
  }

  /** To be called after all sensors: no reading was found of the others. */
  finish(): void {
    for (const [sensorId, points] of this.sensors)
      this.add(sensorId, [
        [points.values, 'values of a sensor whose name InfluxDB does not give back as it is, left out'],
        [points.latencies, 'latencies at no copied value, left out'],
        ...lossesOf(points),
      ]);
    this.sensors.clear();
  }

  /** Whether nothing is left out or changed. */
  get isNothing(): boolean {
    if (!this.survey) return true;
    const { untagged, tags, fields } = this.survey;
    return this.lines.length + untagged + tags.length + fields.length === 0;
  }

  /** @returns lines for standard output */
  format(): string[] {
    const { untagged = 0, tags = [], fields = [] } = this.survey ?? {};
    const lines = [...this.lines];
    if (this.unnamed > 0) lines.push(`  and ${count(this.unnamed)} points of further sensors`);
    if (untagged > 0) lines.push(`  ${count(untagged)} series without sensor_id or zone, left out`);
    for (const { name, series } of tags)
      lines.push(`  tag ${JSON.stringify(name)} of ${count(series)} series, left out of what is copied`);
    for (const { name, points } of fields)
      lines.push(`  field ${JSON.stringify(name)} of ${count(points)} points, left out of what is copied`);
    return [
      'Not everything in the source is a reading that can be copied as it is. Keep the source:',
      ...lines,
    ];
  }

  private add(sensorId: string, losses: Losses): void {
    for (const [points, words] of losses) {
      if (points <= 0) continue;
      if (this.lines.length < MAX_NAMED)
        this.lines.push(`  ${JSON.stringify(sensorId)}: ${count(points)} ${words}`);
      else this.unnamed += points;
    }
  }
}

function lossesOf({ texts, outside, inexact, misnamed }: SensorPoints): Losses {
  return [
    [texts, 'values or latencies that are text, true or false, left out'],
    [outside, OUTSIDE],
    [inexact, 'whole numbers that a 64-bit floating-point number cannot hold, rounded'],
    [misnamed, 'values of a zone with a carriage return in its name, copied without it'],
  ];
}
