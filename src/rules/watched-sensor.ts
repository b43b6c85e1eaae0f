import type { Reading } from '../model/reading.js';
import type { Due } from './timing-wheel.js';
import type { RuleState } from './rule-state.js';
import type { SensorRules } from './rule-index.js';

/** What rules know of a sensor besides how each of them stands. */
export interface Watched {
  readonly sensorId: string;
  /** Its newest reading by timestamp among those judged; `newestUs` is undefined before the first. */
  readonly newestUs: number | undefined;
  readonly value: number;
  readonly zone: string;
  /** When its last reading was accepted, milliseconds since the Unix epoch; undefined before the first. */
  readonly heardMs: number | undefined;
}

/** A sensor as rules see it. */
export class WatchedSensor implements Watched, Due {
  newestUs: number | undefined;
  value = NaN;
  zone = '';
  heardMs: number | undefined;
  /** The place in the journal of what was heard last. */
  position: number;
  /** Zone changes that were told in one hour of its time, and which hour that is. */
  movesTold = 0;
  movesHour = 0;
  dueSlot = Infinity;
  /** The rules about it where it stands; undefined when they have to be looked up. */
  rules: SensorRules | undefined;
  private states: Map<string, RuleState> | undefined;

  /** @param begun the place in the journal since which it is known: what was forgotten before is none of it */
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

  /** @param without a rule how it stands with is left out */
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

  /** The rules that do not take it for normal. */
  get unsettledRules(): string[] {
    return this.states ? [...this.states.keys()] : [];
  }

  /** Takes a reading as the newest. */
  note({ timestampUs, value, zone }: Reading): void {
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
