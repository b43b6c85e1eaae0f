import type { SteadyTime } from '../clock/steady-clock.js';
import type { CallThread } from '../common/workers/call-thread.js';
import type { Position } from '../journal/journal-entry.js';
import type { SystemEvent } from '../model/system-event.js';
import type { ActiveStates } from './active-rules.js';
import type { Forget } from './forget-queue.js';
import type { PackedEntries } from './recent-entries.js';
import type { Rule } from './rule.js';
import type { Watched } from './watched-sensor.js';

/** What the registry knows of a sensor. */
export interface SensorSeed extends Omit<Watched, 'heardMs'> {
  /** Whether a reading of it was ever accepted here. */
  readonly wasHeard: boolean;
}

/** The rules and their state when the gateway stopped. */
export interface RulesStart {
  readonly rules: Rule[];
  /** The journal was judged up to here. Undefined when that is unknown; begin() must come first then. */
  readonly position: Position | undefined;
  /** The ids of the rules that were damaged and are lost. */
  readonly lostRules: readonly string[];
  /** The sensors whose rule state was damaged and is lost. */
  readonly lostSensors: readonly string[];
}

/** What RulesRunner asks of its thread. */
export interface RulesCalls extends Record<string, (...args: never[]) => unknown> {
  /**
   * @param identity of the journal that positions belong to
   * @param newest the journal's last position
   * @param maxAheadMs how far ahead of the gateway's clock a device may be
   */
  start(identity: string, newest: Position, maxAheadMs: number): Promise<RulesStart>;
  /** Starts over at a position in the journal. */
  begin(position: Position): Promise<void>;
  /** Takes what is known about sensors at that position. They count as heard now. */
  seed(sensors: readonly SensorSeed[]): void;
  /** Judges the next entries of the journal, up to a position. @returns the events found */
  judge(entries: PackedEntries, position: Position): Promise<SystemEvent[]>;
  /**
   * The same as bytes, one entry behind the other. For each entry: where it ends, its position and how many readings it
   * has. An object for each would take longer to copy. An entry whose readings are lost has no bytes.
   * @returns the events found, and how many readings cannot be read
   */
  judgeBytes(
    bodies: Uint8Array,
    ends: Float64Array,
    positions: Float64Array,
    counts: Float64Array,
  ): Promise<{ events: SystemEvent[]; unreadable: number }>;
  /** @param sensorIds only their states; undefined for all */
  active(sensorIds: readonly string[] | undefined): ActiveStates;
  /** @returns events about the sensors that became silent up to a moment */
  tick(wallMs: number, steady: SteadyTime): Promise<SystemEvent[]>;
  /** Saves the rule state, the running time, and up to where the journal is judged. @returns that position */
  checkpoint(): Promise<Position>;
  /** Saves a new rule, or replaces the one with its id, together with the rule state. */
  put(rule: Rule): Promise<void>;
  delete(ruleId: string): Promise<void>;
  /** Takes effect once everything up to a position is judged. If this cannot be saved now, the next checkpoint saves it. */
  forget(forget: Forget): Promise<void>;
}

/** The thread of the rules, which judges readings and has their storage open. */
export abstract class RulesThread {
  /** Where the storage was moved to, because it was found damaged when it was opened; undefined when it was sound. */
  abstract readonly damagedFile: string | undefined;

  abstract readonly call: CallThread<RulesCalls>['call'];

  /** Waits for the calls made so far. May be called twice. */
  abstract close(): Promise<void>;
}
