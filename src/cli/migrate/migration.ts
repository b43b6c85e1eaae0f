import { closeSync, openSync, writeSync } from 'node:fs';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import { UNREADABLE } from '../../influx/influxdb/influx-lines.js';
import { count, duration } from '../number-text.js';
import { type Advance, ProgressLine } from '../progress-line.js';
import { Comparer, type SensorComparison } from './comparer.js';
import { Copier } from './copier.js';
import { LeftOut } from './left-out.js';
import { MigrateError } from './migrate-error.js';
import { MigrationState } from './migration-state.js';
import { type OpenPlace, openPlace } from './open-place.js';
import { Patience } from './patience.js';
import { describePlace, type Place } from './place.js';
import { type MovedSensor, PAGE_READINGS, type ReadPage } from './sensor-pages.js';

/** A query about all sensors may take this long: 150,000 sensors of InfluxDB took 57 s. */
const SENSORS_MS = 1_800_000;
/** The first time that a timestamp can name. */
const BEGINNING_US = Number.MIN_SAFE_INTEGER;

export interface MigrationOptions {
  /** Only compare. */
  readonly compare?: boolean;
  /** Forget what an earlier run copied. */
  readonly restart?: boolean;
  /** A file for counts and checksums of every sensor. */
  readonly report?: string;
}

/**
 * Moves the readings of one store to another one, compares both, and writes the outcome to standard output.
 * @returns the exit code: 0 when the target has all that the source has of readings, else 1
 * @throws MigrateError, StartError when it cannot be done; the signal's reason when it was aborted
 */
export async function migrate(
  from: Place,
  to: Place,
  config: GatewayConfig,
  options: MigrationOptions,
  signal: AbortSignal,
): Promise<number> {
  if (JSON.stringify(from) === JSON.stringify(to))
    throw new MigrateError(`--from and --to are the same: ${describePlace(from)}`);
  const source = await openPlace('from', from, config);
  try {
    const target = await openPlace('to', to, config);
    try {
      const { bucketId } = source;
      if (bucketId !== undefined && bucketId === target.bucketId)
        throw new MigrateError(
          `--from and --to are the same bucket, with the id ${bucketId}: ${describePlace(from)}, and ${describePlace(to)}`,
        );
      return await new Migration(source, target, options, signal).run();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

class Migration {
  private progress = new ProgressLine(0, 'readings');
  private readonly reading: Patience;
  private readonly writing: Patience;
  private readonly state: MigrationState;
  private report: number | undefined;

  constructor(
    private readonly source: OpenPlace,
    private readonly target: OpenPlace,
    private readonly options: MigrationOptions,
    private readonly signal: AbortSignal,
  ) {
    this.reading = new Patience(source, signal, this.say);
    this.writing = new Patience(target, signal, this.say);
    this.state = new MigrationState(source.place, target.place, this.say);
  }

  async run(): Promise<number> {
    const { report } = this.options;
    if (report === undefined) return this.copyAndCompare();
    this.report = openSync(report, 'w');
    try {
      writeSync(this.report, 'sensorId,source,sourceChecksum,target,targetChecksum,missing,different\n');
      return await this.copyAndCompare();
    } finally {
      closeSync(this.report);
    }
  }

  private async copyAndCompare(): Promise<number> {
    // First, so that readings that arrive meanwhile are not missed among what is found.
    const { survey } = this.source;
    const leftOut = new LeftOut(survey && (await this.reading.call((signal) => survey(signal), SENSORS_MS)));
    const sensors = await this.findSensors();
    // Before the first reading is moved: a wrong token should show at once.
    await this.writing.call((signal) => this.target.store.latest('', signal));
    const refused = this.options.compare ? 0 : await this.copy(sensors);
    const isSame = await this.compare(sensors, leftOut);
    // Until here, a run after an interruption goes on where the copy ended.
    if (!this.options.compare) this.state.remove();
    if (!isSame && refused === 0 && !this.options.compare)
      print(['Run the command again: it copies from the beginning, and changes only what differs']);
    leftOut.finish();
    const isWhole = leftOut.isNothing;
    if (!isWhole) print(leftOut.format());
    return isSame && refused === 0 && isWhole ? 0 : 1;
  }

  private readonly say = (line: string): void => {
    this.progress.print(line);
  };

  private async findSensors(): Promise<MovedSensor[]> {
    const { store } = this.source;
    const sensors = await this.reading.call(async (signal) => {
      const found: MovedSensor[] = [];
      for await (const { sensorId, timestampUs } of store.allLatest(signal))
        // InfluxDB cannot be asked for the others by name; LeftOut tells of them.
        if (!UNREADABLE.test(sensorId)) found.push({ sensorId, lastUs: timestampUs });
      return found;
    }, SENSORS_MS);
    return sensors.sort((a, b) => (a.sensorId < b.sensorId ? -1 : 1));
  }

  /** @returns how many readings the target refused */
  private async copy(sensors: readonly MovedSensor[]): Promise<number> {
    const { state } = this;
    if (this.options.restart) state.remove();
    const earlier = state.find();
    if (earlier)
      this.say(
        `Goes on after ${count(earlier.readings)} readings, where this migration was interrupted (${state.savedAt}); --restart starts from the beginning`,
      );
    const copier = new Copier(
      {
        read: readerOf(this.source, this.reading),
        write: (batch) => this.writing.call((signal) => this.target.store.write(batch, signal)),
        save: (progress) => state.save(progress),
      },
      earlier,
    );
    const begunMs = performance.now();
    try {
      await this.show(
        sensors.length,
        '',
        () => copier.run(sensors),
        () => ({
          done: copier.sensorsDone,
          count: copier.progress.readings,
          refused: copier.refused.total,
        }),
      );
    } finally {
      state.save(copier.progress, true);
    }
    const { readings } = copier.progress;
    const seconds = (performance.now() - begunMs) / 1000;
    const rate = Math.round((readings - (earlier?.readings ?? 0)) / seconds);
    const { refused } = copier;
    print([
      `${count(readings - refused.total)} readings of ${count(sensors.length)} sensors copied from ${describePlace(this.source.place)} to ${describePlace(this.target.place)} (${duration(seconds)}, ${count(rate)} readings/s)`,
    ]);
    if (refused.total > 0)
      print([`${count(refused.total)} further readings were refused by the target:`, ...refused.format()]);
    return refused.total;
  }

  private async compare(sensors: readonly MovedSensor[], leftOut: LeftOut): Promise<boolean> {
    const { report } = this;
    const comparer = new Comparer(
      readerOf(this.source, this.reading),
      readerOf(this.target, this.writing),
      (comparison) => {
        leftOut.take(comparison);
        if (report !== undefined) writeSync(report, csvLine(comparison));
      },
    );
    const { source, target } = comparer;
    await this.show(
      sensors.length,
      'compares',
      () => comparer.run(sensors),
      () => ({
        done: comparer.sensorsDone,
        count: source.count,
        refused: 0,
      }),
    );
    const { missing, different, extra } = comparer;
    print([
      `${count(source.count)} readings of ${count(sensors.length)} sensors compared: ${count(missing)} missing in the target, ${count(different)} different; checksum ${source.checksum} in the source, ${target.checksum} in the target`,
      ...comparer.format(),
    ]);
    if (extra > 0) print([`The target has ${count(extra)} further readings of these sensors; they stay`]);
    return comparer.isSame;
  }

  /** Shows the progress of some work. */
  private async show(
    total: number,
    doing: string,
    work: () => Promise<void>,
    advance: () => Omit<Advance, 'state'>,
  ): Promise<void> {
    const progress = new ProgressLine(total, 'readings');
    this.progress = progress;
    progress.start(() => {
      const reason = this.reading.reason || this.writing.reason;
      return { ...advance(), state: reason === '' ? doing : `waits: ${reason}` };
    });
    try {
      await work();
    } finally {
      progress.stop();
    }
    this.signal.throwIfAborted();
  }
}

function readerOf({ store }: OpenPlace, patience: Patience): ReadPage {
  return ({ sensorId, lastUs }, after) => {
    const range = { sensorId, fromUs: BEGINNING_US, toUs: lastUs + 1, limit: PAGE_READINGS };
    return patience.call((signal) => store.readings(after ? { ...range, after } : range, signal));
  };
}

function csvLine({ sensorId, source, target, missing, different }: SensorComparison): string {
  const name = `"${sensorId.replaceAll('"', '""')}"`;
  return `${[name, source.count, source.checksum, target.count, target.checksum, missing, different].join(',')}\n`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
