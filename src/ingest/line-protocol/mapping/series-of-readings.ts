import { MAX_NAMED } from '../../../common/errors/answer-bounds.js';
import { formatValue } from '../../../common/errors/format-value.js';
import type { NewReading } from '../../../model/reading.js';
import type { Point } from '../point.js';

/** How many tags a message names. */
const MAX_TAGS = 3;
const SEPARATOR = '\n';

/**
 * From which series the readings of one request come. Readings of two series with the same sensor, zone and time would
 * overwrite each other in the store, and those without a time would become one sensor: then the mapping leaves out a tag that tells them apart.
 */
export class SeriesOfReadings {
  /** For each time, the series of each sensor in each zone. */
  private readonly byTime = new Map<number | undefined, Map<string, string>>();
  /** How many conflicts were put into words with their tags; an answer names no more. */
  private worded = 0;

  /** @returns the check for readings of this point: what is wrong when a reading would replace one of another series */
  of(point: Point): (reading: NewReading) => string | undefined {
    const { timestampUs } = point;
    let known = this.byTime.get(timestampUs);
    if (!known) this.byTime.set(timestampUs, (known = new Map<string, string>()));
    const seriesByPlace = known;
    const series = seriesOf(point);
    const when = timestampUs === undefined ? 'without a time, too' : 'and time';
    return ({ sensorId, zone }) => {
      const place = `${zone}${SEPARATOR}${sensorId}`;
      const other = seriesByPlace.get(place);
      if (other === undefined) seriesByPlace.set(place, series);
      else if (other !== series) return this.conflict(sensorId, when, other, series);
      return undefined;
    };
  }

  private conflict(sensorId: string, when: string, one: string, other: string): string {
    this.worded += 1;
    const difference = this.worded > MAX_NAMED ? 'a tag' : differenceOf(one, other).join(', ');
    return `sensorId ${formatValue(sensorId)} has a reading of another point of this request for the same zone ${when}; the points differ in ${difference}, which the template of sensorId or zone must name`;
  }
}

/** The measurement and the tags, whatever their order in the line. */
function seriesOf({ measurement, tags }: Point): string {
  const pairs = Array.from(tags, ([name, value]) => `${name}=${value}`);
  return [measurement, ...pairs.sort()].join(SEPARATOR);
}

/** @returns the names of the first tags in which two series differ, and the measurement when they differ in that */
function differenceOf(one: string, other: string): string[] {
  const [oneMeasurement, ...oneTags] = one.split(SEPARATOR);
  const [otherMeasurement, ...otherTags] = other.split(SEPARATOR);
  const [ones, others] = [new Set(oneTags), new Set(otherTags)];
  const different = [
    ...oneTags.filter((tag) => !others.has(tag)),
    ...otherTags.filter((tag) => !ones.has(tag)),
  ];
  const names = new Set(different.map((tag) => `tag ${formatValue(tag.slice(0, tag.indexOf('=')))}`));
  return [...(oneMeasurement === otherMeasurement ? [] : ['measurement']), ...names].slice(0, MAX_TAGS);
}
