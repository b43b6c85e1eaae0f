import type { Position } from '../journal/journal-entry.js';
import type { SystemEvent } from '../model/system-event.js';

/** The rules that are active for sensors: the columns of a table, with a row for each rule and sensor. */
export interface ActiveStates {
  readonly sensorIds: readonly string[];
  readonly ruleIds: readonly string[];
  /** Since when, milliseconds since the Unix epoch; NaN when the thread of the rules knows only the running time. */
  readonly sinceMs: Float64Array;
}

/** Whoever knows which rules are active. */
export interface ActiveSource {
  /** @param among only the states of these sensors; undefined for all */
  states(among: readonly string[] | undefined): Promise<ActiveStates>;
  /** Since when a silent rule is active for a sensor, where no event of this run says it. */
  silentSinceMs(sensorId: string, ruleId: string): number;
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Which rules are active for which sensors, and since when: what the thread of the rules knows, for those who cannot wait for it. */
export class ActiveRules {
  private readonly bySensor = new Map<string, Map<string, number>>();
  /** When everything up to here is judged, the source is asked again. */
  private outdatedFrom: Position | undefined;
  /** For which sensors; undefined for all. */
  private outdated: Set<string> | undefined = new Set();

  constructor(private readonly source: ActiveSource) {}

  /** @returns the ids of the rules that are active for a sensor, and since when, milliseconds since the Unix epoch */
  of(sensorId: string): ReadonlyMap<string, number> {
    return this.bySensor.get(sensorId) ?? NONE;
  }

  /** Takes events in the order in which the thread found them. */
  apply(events: readonly SystemEvent[]): void {
    for (const { sensorId, ruleId, type, timeUs } of events) {
      if (sensorId === undefined || ruleId === undefined) continue;
      if (type === 'critical') this.set(sensorId, ruleId, timeUs / 1000);
      if (type === 'normal') this.delete(sensorId, ruleId);
    }
  }

  /**
   * States may end without an event, as after a deletion.
   * @param position once everything up to here is judged
   * @param sensorId of this sensor; undefined for all
   */
  outdate(position: Position, sensorId: string | undefined): void {
    this.outdatedFrom = position;
    if (sensorId === undefined) this.outdated = undefined;
    else this.outdated?.add(sensorId);
  }

  /** Asks the source again, if something is outdated. @param judged the journal is judged up to here */
  async refresh(judged: Position): Promise<void> {
    if (this.outdatedFrom === undefined || this.outdatedFrom > judged) return;
    const { outdated } = this;
    this.outdatedFrom = undefined;
    this.outdated = new Set();
    try {
      await this.load(outdated && [...outdated]);
    } catch (error) {
      // Meanwhile another deletion may have come.
      const { outdatedFrom = judged } = this;
      this.outdate(outdatedFrom, undefined);
      throw error;
    }
  }

  /** Asks the source. @param among for these sensors; undefined for all */
  async load(among: readonly string[] | undefined): Promise<void> {
    const { sensorIds, ruleIds, sinceMs } = await this.source.states(among);
    const before = among
      ? new Map(among.map((sensorId) => [sensorId, this.of(sensorId)]))
      : new Map(this.bySensor);
    for (const sensorId of before.keys()) this.bySensor.delete(sensorId);
    sensorIds.forEach((sensorId, row) => {
      const ruleId = ruleIds[row] ?? '';
      const known = sinceMs[row] ?? NaN;
      const since = Number.isNaN(known)
        ? (before.get(sensorId)?.get(ruleId) ?? this.source.silentSinceMs(sensorId, ruleId))
        : known;
      this.set(sensorId, ruleId, since);
    });
  }

  dropRule(ruleId: string): void {
    for (const sensorId of this.bySensor.keys()) this.delete(sensorId, ruleId);
  }

  dropSensor(sensorId: string): void {
    this.bySensor.delete(sensorId);
  }

  private set(sensorId: string, ruleId: string, sinceMs: number): void {
    const rules = this.bySensor.get(sensorId) ?? new Map<string, number>();
    this.bySensor.set(sensorId, rules.set(ruleId, sinceMs));
  }

  private delete(sensorId: string, ruleId: string): void {
    const rules = this.bySensor.get(sensorId);
    if (rules?.delete(ruleId) && rules.size === 0) this.bySensor.delete(sensorId);
  }
}
