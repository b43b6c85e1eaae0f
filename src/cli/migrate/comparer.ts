import { compareReadings, type Reading } from '../../model/reading.js';
import { formatTimestamp } from '../../model/timestamp.js';
import { count } from '../number-text.js';
import { Fingerprint, isSameReading } from './fingerprint.js';
import {
  type MovedSensor,
  type ReadPage,
  SensorCursor,
  type SensorPage,
  sensorPages,
} from './sensor-pages.js';
import { SensorsDone } from './sensors-done.js';

/** A sensor's readings in both stores. */
export interface SensorComparison {
  readonly sensorId: string;
  readonly source: Fingerprint;
  /** Of the target's readings with a zone and time that the source has. */
  readonly target: Fingerprint;
  /** Readings that only the source has. */
  missing: number;
  /** Readings whose value or latency differs. */
  different: number;
  /** The first of either kind, in words. */
  example: string;
}

/** The most sensors whose differences are named. */
const MAX_NAMED = 100;

/**
 * Compares the readings of two stores, sensor by sensor, position by position. Readings that only the target has are counted, and
 * are no difference: it may have received readings of its own.
 */
export class Comparer {
  readonly source = new Fingerprint();
  readonly target = new Fingerprint();
  missing = 0;
  different = 0;
  /** Readings that only the target has, up to the newest reading of the source. */
  extra = 0;
  private done = new SensorsDone([]);
  private readonly named: SensorComparison[] = [];
  private sensorsThatDiffer = 0;

  /** @param onSensor called for each sensor, whether or not there are differences */
  constructor(
    private readonly readSource: ReadPage,
    private readonly readTarget: ReadPage,
    private readonly onSensor: (comparison: SensorComparison) => void = () => undefined,
  ) {}

  get sensorsDone(): number {
    return this.done.value;
  }

  get isSame(): boolean {
    return this.sensorsThatDiffer === 0;
  }

  async run(sensors: readonly MovedSensor[]): Promise<void> {
    this.done = new SensorsDone(sensors);
    const source = new SensorCursor(this.observed(sensorPages(sensors, this.readSource)));
    const target = new SensorCursor(sensorPages(sensors, this.readTarget));
    for (const { sensorId } of sensors) {
      await Promise.all([source.nextSensor(), target.nextSensor()]);
      this.finish(await this.compare(sensorId, source, target));
    }
  }

  /** @returns a line for each sensor with differences, and one for those that are not named */
  format(): string[] {
    const lines = this.named.map(({ sensorId, source, target, missing, different, example }) => {
      const name = JSON.stringify(sensorId);
      return `  ${name}: ${count(source.count)} in the source (${source.checksum}), ${count(target.count)} of them in the target (${target.checksum}): ${count(missing)} missing, ${count(different)} different; the first is ${example}`;
    });
    const unnamed = this.sensorsThatDiffer - this.named.length;
    if (unnamed > 0) lines.push(`  and ${count(unnamed)} further sensors`);
    return lines;
  }

  private async *observed(pages: AsyncGenerator<SensorPage, void>): AsyncGenerator<SensorPage, void> {
    for await (const page of pages) {
      yield page;
      this.done.take(page);
    }
  }

  private async compare(
    sensorId: string,
    source: SensorCursor,
    target: SensorCursor,
  ): Promise<SensorComparison> {
    const result: SensorComparison = {
      sensorId,
      source: new Fingerprint(),
      target: new Fingerprint(),
      missing: 0,
      different: 0,
      example: '',
    };
    for (let a = source.current, b = target.current; a ?? b; a = source.current, b = target.current) {
      const order = !a ? 1 : !b ? -1 : compareReadings(a, b);
      if (order > 0) this.extra += 1;
      else if (a) addTo(result, a, order === 0 ? b : undefined);
      if (order <= 0 && source.advance()) await source.fill();
      if (order >= 0 && target.advance()) await target.fill();
    }
    return result;
  }

  private finish(comparison: SensorComparison): void {
    const { source, target, missing, different } = comparison;
    this.source.addAll(source);
    this.target.addAll(target);
    this.missing += missing;
    this.different += different;
    if (source.count !== target.count || source.checksum !== target.checksum) {
      this.sensorsThatDiffer += 1;
      if (this.named.length < MAX_NAMED) this.named.push(comparison);
    }
    this.onSensor(comparison);
  }
}

/** @param there the target's reading with the same zone and time */
function addTo(result: SensorComparison, reading: Reading, there: Reading | undefined): void {
  result.source.add(reading);
  if (there) result.target.add(there);
  if (there && isSameReading(reading, there)) return;
  if (there) result.different += 1;
  else result.missing += 1;
  const where = `zone ${JSON.stringify(reading.zone)}, ${formatTimestamp(reading.timestampUs)}`;
  const what = there ? `${describe(reading)} in the source, ${describe(there)} in the target` : 'missing';
  if (result.example === '') result.example = `${where}: ${what}`;
}

function describe({ value, latencyMs }: Reading): string {
  return `${value} ${latencyMs === undefined ? 'without latency' : `with latency ${latencyMs}`}`;
}
