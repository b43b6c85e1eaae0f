import type { Position } from '../journal/journal-entry.js';
import type { SavedWatch } from './anomaly-watch.js';
import type { Forget } from './forget-queue.js';
import type { Rule } from './rule.js';
import type { RunningTimeState } from './running-time.js';
import type { WatchedSensor } from './watched-sensor.js';

/** How far the journal was judged; `identity` says which journal that is. */
export interface Progress {
  readonly identity: string;
  readonly position: Position;
}

/** What has changed in the rule state since it was saved, and the position in the journal that it covers. */
export interface RulesCheckpoint {
  readonly progress: Progress;
  readonly runningTime: RunningTimeState;
  readonly forgets: Iterable<Forget>;
  readonly sensors: Iterable<WatchedSensor>;
  /** Sensors whose detectors learn again. */
  readonly startedOver: Iterable<string>;
  /** What detectors have learned. */
  readonly watches: Iterable<SavedWatch>;
}

/** A rule that is made, replaced or deleted. */
export interface RuleChange {
  readonly id: string;
  /** Undefined when it is deleted. */
  readonly rule: Rule | undefined;
  /** The sensors that have a state of this rule, and lose it, because the rule starts over; undefined when they keep it. */
  readonly startsOverWith: Iterable<WatchedSensor> | undefined;
}

/** The storage in the thread's own files answers at once; another one may have to wait for a network. */
type MaybePromise<T> = T | Promise<T>;

/**
 * Keeps the rules, and the rule state of each sensor, for the thread of the rules. A call that changes something is one
 * transaction, and can no longer be lost once it returns. Local implementation: LocalRuleStorage.
 *
 * Each call throws, or rejects with, an Error with a code when nothing can be read or changed now; nothing has changed then.
 */
export abstract class RuleStorage {
  /** The rules by their ids, as they were when it was opened. */
  abstract readonly rules: ReadonlyMap<string, Rule>;

  /** The ids of the rules that were damaged and are lost. */
  abstract readonly lostRules: readonly string[];

  /** What it held when it was opened; undefined when nothing was judged yet. */
  abstract readonly progress: Progress | undefined;

  /** The same; undefined when it is damaged, or when only an earlier version of the gateway saved something. */
  abstract readonly runningTime: RunningTimeState | undefined;

  /**
   * Calls `take` with each sensor. Damaged ones are deleted.
   * @returns the ids of those that were damaged
   */
  abstract takeSensors(take: (sensor: WatchedSensor) => void): MaybePromise<string[]>;

  /** Calls `take` with what was learned of each rule and sensor. Leaves out the damaged ones: they learn again. */
  abstract takeDetectors(take: (watch: SavedWatch) => void): MaybePromise<void>;

  /** What forget() remembered, and no checkpoint has come as far as. */
  abstract forgets(): MaybePromise<Forget[]>;

  /**
   * Saves the rule state. Of sensors that are forgotten up to its position or earlier, the state before is deleted; those that are
   * forgotten later are remembered.
   * @param change of a rule, which is saved together with it
   */
  abstract save(checkpoint: RulesCheckpoint, change?: RuleChange): MaybePromise<void>;

  /** Saves rules that judge as before, and the running time. */
  abstract saveRules(rules: Iterable<Rule>, runningTime: RunningTimeState): MaybePromise<void>;

  abstract saveTime(runningTime: RunningTimeState): MaybePromise<void>;

  /** Remembers that a sensor is forgotten, until a checkpoint comes as far; its state stays until then. */
  abstract forget(forget: Forget): MaybePromise<void>;

  /** Deletes everything but the rules and the running time. */
  abstract reset(): MaybePromise<void>;

  abstract close(): MaybePromise<void>;
}
