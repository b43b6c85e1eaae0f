import type { Reading } from '../model/reading.js';
import { SENT, type Stamp } from '../model/stamp.js';
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
  /** Who made the timestamp of that reading. */
  readonly stamp: Stamp;
  /** The running time when its last reading was accepted; undefined before the first. */
  readonly heardMs: number | undefined;
}

const NO_RULES: readonly string[] = [];

/** A sensor as rules see it. The names of its fields are also those in rules.db. */
export class WatchedSensor implements Watched, TimingWheelItem {
  newestUs: number | undefined;
  value = NaN;
  zone = '';
  stamp: Stamp = SENT;
  /** The running time when its newest reading was accepted, if the gateway made the timestamp. */
  givenMs: number | undefined;
  heardMs: number | undefined;
  /** Position of its last reading in the journal. */
  position: number;
  /** Zone changes reported in one hour (by timestamps), and which hour that is. */
  movesTold = 0;
  movesHour = 0;
  /** The running time when it was last reported that its clock is ahead. */
  aheadMs: number | undefined;
  slot = Infinity;
  /** See DirtySensors. */
  isDirty = false;
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

  static of({ sensorId, ...known }: Watched, position: number): WatchedSensor {
    return Object.assign(new WatchedSensor(sensorId, position), known);
  }

  /** @param json from toJson() */
  static fromJson(sensorId: string, json: string): WatchedSensor {
    const { states, ...fields } = JSON.parse(json) as SavedFields;
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
  get unsettledRules(): readonly string[] {
    return this.states ? [...this.states.keys()] : NO_RULES;
  }

  /** Takes a reading as the newest one. @param givenMs see the field */
  setNewest({ timestampUs, value, zone }: Reading, stamp: Stamp, givenMs: number | undefined): void {
    this.newestUs = timestampUs;
    this.value = value;
    this.zone = zone;
    this.stamp = stamp;
    this.givenMs = givenMs;
  }

  private toFields(without?: string): SavedFields {
    const { newestUs, value, zone, givenMs, heardMs, begun, position, movesTold, movesHour, aheadMs } = this;
    const stamp = this.stamp === SENT ? undefined : this.stamp;
    const states = this.states && [...this.states].filter(([ruleId]) => ruleId !== without);
    // Spreading parts of it would take twice the time of making the JSON.
    return {
      newestUs,
      value,
      zone,
      stamp,
      givenMs,
      heardMs,
      begun,
      position,
      movesTold,
      movesHour,
      aheadMs,
      states,
    };
  }
}

/** What is saved of a sensor; what is undefined is left out. */
interface SavedFields extends Pick<
  WatchedSensor,
  | 'newestUs'
  | 'value'
  | 'zone'
  | 'givenMs'
  | 'heardMs'
  | 'begun'
  | 'position'
  | 'movesTold'
  | 'movesHour'
  | 'aheadMs'
> {
  readonly stamp: Stamp | undefined;
  readonly states: readonly [string, RuleState][] | undefined;
}
