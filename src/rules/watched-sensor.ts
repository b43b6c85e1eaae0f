import type { Reading } from '../model/reading.js';
import type { TimingWheelItem } from './timing-wheel.js';
import type { RuleState } from './rule-state.js';
import type { SensorRules } from './rule-index.js';

/** What rules know about a sensor, besides the state of each rule. */
export interface Watched {
  readonly sensorId: string;
  /** Its newest reading by timestamp among those judged; `newestUs` is undefined before the first. */
  readonly newestUs: number | undefined;
  readonly value: number;
  readonly zone: string;
  /** When its last reading was accepted, milliseconds since the Unix epoch; undefined before the first. */
  readonly heardMs: number | undefined;
}

/** A sensor as rules see it. The names of its fields are also those in rules.db. */
export class WatchedSensor implements Watched, TimingWheelItem {
  newestUs: number | undefined;
  value = NaN;
  zone = '';
  heardMs: number | undefined;
  /** Position of its last reading in the journal. */
  position: number;
  /** Zone changes reported in one hour (by timestamps), and which hour that is. */
  movesTold = 0;
  movesHour = 0;
  slot = Infinity;
  /** The rules about it in its present zone; undefined when they have to be looked up. */
  rules: SensorRules | undefined;
  private states: Map<string, RuleState> | undefined;

  /** @param begun the position in the journal from which on it is known: earlier readings were forgotten */
  constructor(
    readonly sensorId: string,
    public begun: number,
  ) {
    this.position = begun;
  }

  static of({ sensorId, newestUs, value, zone, heardMs }: Watched, position: number): WatchedSensor {
    return Object.assign(new WatchedSensor(sensorId, position), { newestUs, value, zone, heardMs });
  }

  /** @param json from toJson() */
  static fromJson(sensorId: string, json: string): WatchedSensor {
    const { states, ...fields } = JSON.parse(json) as ReturnType<WatchedSensor['toFields']>;
    const sensor = Object.assign(new WatchedSensor(sensorId, fields.begun), fields);
    if (states) sensor.states = new Map(states);
    return sensor;
  }

  /** @param without the state of this rule is left out */
  toJson(without?: string): string {
    return JSON.stringify(this.toFields(without));
  }

  stateOf(ruleId: string): RuleState | undefined {
    return this.states?.get(ruleId);
  }

  setState(ruleId: string, state: RuleState | undefined): void {
    if (state) {
      this.states ??= new Map();
      this.states.set(ruleId, state);
    } else {
      this.states?.delete(ruleId);
      if (this.states?.size === 0) this.states = undefined;
    }
  }

  forgetStates(): void {
    this.states = undefined;
  }

  /** The ids of the rules by which it is not normal. */
  get unsettledRules(): string[] {
    return this.states ? [...this.states.keys()] : [];
  }

  /** Takes a reading as the newest one. */
  setNewest({ timestampUs, value, zone }: Reading): void {
    this.newestUs = timestampUs;
    this.value = value;
    this.zone = zone;
  }

  private toFields(
    without?: string,
  ): Pick<
    WatchedSensor,
    'newestUs' | 'value' | 'zone' | 'heardMs' | 'begun' | 'position' | 'movesTold' | 'movesHour'
  > & { states: [string, RuleState][] | undefined } {
    const { newestUs, value, zone, heardMs, begun, position, movesTold, movesHour } = this;
    const states = this.states && [...this.states].filter(([ruleId]) => ruleId !== without);
    return { newestUs, value, zone, heardMs, begun, position, movesTold, movesHour, states };
  }
}
