import { formatValue } from '../../../common/errors/format-value.js';
import type { NewReading } from '../../../model/reading.js';
import type { Point } from '../point.js';

interface Source {
  readonly zone: string;
  readonly series: string;
}

/**
 * From which series the readings of one request come. Readings of two series with the same sensor, zone and time would
 * overwrite each other in the store: then the mapping leaves out a tag that tells them apart.
 */
export class SeriesOfReadings {
  private readonly byTime = new Map<number, Map<string, Source>>();

  /** @returns the check for readings of this point: what is wrong when a reading would replace one of another series */
  of(point: Point): (reading: NewReading) => string | undefined {
    const { timestampUs } = point;
    // The gateway gives each reading without a timestamp one of its own.
    if (timestampUs === undefined) return () => undefined;
    let sources = this.byTime.get(timestampUs);
    if (!sources) this.byTime.set(timestampUs, (sources = new Map<string, Source>()));
    const known = sources;
    const series = seriesOf(point);
    return ({ sensorId, zone }) => {
      const other = known.get(sensorId);
      if (!other) known.set(sensorId, { zone, series });
      else if (other.zone === zone && other.series !== series) {
        const difference = differenceOf(other.series, series).join(', ');
        if (difference !== '')
          return `sensorId ${formatValue(sensorId)} has a reading of another point of this request for the same zone and time; the points differ in ${difference}, which the template of sensorId or zone must name`;
      }
      return undefined;
    };
  }
}

const SEPARATOR = '\n';

function seriesOf({ measurement, tags }: Point): string {
  let series = measurement;
  for (const [name, value] of tags) series += `${SEPARATOR}${name}=${value}`;
  return series;
}

/** @returns the names of the tags in which two series differ, and the measurement when they differ in that */
function differenceOf(one: string, other: string): string[] {
  const [oneMeasurement, ...oneTags] = one.split(SEPARATOR);
  const [otherMeasurement, ...otherTags] = other.split(SEPARATOR);
  const different = [
    ...oneTags.filter((tag) => !otherTags.includes(tag)),
    ...otherTags.filter((tag) => !oneTags.includes(tag)),
  ];
  const names = new Set(different.map((tag) => `tag ${formatValue(tag.slice(0, tag.indexOf('=')))}`));
  return [...(oneMeasurement === otherMeasurement ? [] : ['measurement']), ...names].slice(0, 3);
}
