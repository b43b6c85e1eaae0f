import {
  type AnomalyDetector,
  type DetectorFactory,
  DetectorStateError,
} from './anomaly/anomaly-detector.js';
import { type EpisodeState, Episodes } from './anomaly/episodes.js';
import type { Reading } from '../model/reading.js';
import type { EventCollector } from './event-collector.js';
import type { AnomalyRule } from './rule.js';
import { anomalyStarted } from './rule-events.js';

/** What a rule has learned about a sensor. */
interface Watch {
  readonly detector: AnomalyDetector;
  readonly episodes: Episodes;
}

/** Readings of one sensor that wait to be scored together. */
interface Batch {
  readonly rule: AnomalyRule;
  readonly watch: Watch;
  readonly readings: Reading[];
  /** The readings' numbers in the collector. */
  readonly numbers: number[];
}

/** What a rule has learned about a sensor, as it is saved. */
export interface SavedWatch {
  readonly ruleId: string;
  readonly sensorId: string;
  readonly detector: Uint8Array;
  readonly episodes: EpisodeState;
}

/** Runs a detector for each rule and sensor, gives it readings in batches, and reports one event per episode. */
export class AnomalyWatch {
  private readonly rules = new Map<string, Map<string, Watch>>();
  private readonly batches = new Map<Watch, Batch>();
  private readonly dirty = new Map<string, Set<string>>();
  /** Sensors whose saved detectors are no longer valid. */
  readonly startedOver = new Set<string>();

  constructor(private readonly detectors: DetectorFactory) {}

  /** Adds a reading that the next score() takes. Readings of a sensor must come in the order in which they are the newest. */
  add(rule: AnomalyRule, reading: Reading, number: number): void {
    const watch = this.watchOf(rule, reading.sensorId);
    let batch = this.batches.get(watch);
    if (!batch) {
      batch = { rule, watch, readings: [], numbers: [] };
      this.batches.set(watch, batch);
    }
    batch.readings.push(reading);
    batch.numbers.push(number);
  }

  /** Scores the readings that were added, and collects an event for each episode that starts. */
  async score(collector: EventCollector): Promise<void> {
    for (const { rule, watch, readings, numbers } of this.batches.values()) {
      const scores = await watch.detector.score(readings);
      readings.forEach((reading, i) => {
        const score = scores[i] ?? 0;
        if (watch.episodes.step(score, reading.timestampUs) === 'started')
          collector.add(anomalyStarted(rule, reading, score), numbers[i]);
      });
      this.markDirty(rule.id, readings[0]?.sensorId ?? '');
    }
    this.batches.clear();
  }

  /** Takes the result of changed() from a previous run. A detector whose state cannot be read learns again. */
  restore(rule: AnomalyRule, { sensorId, detector, episodes }: SavedWatch): void {
    this.watchesOf(rule.id).set(sensorId, {
      detector: this.restoreDetector(detector),
      episodes: new Episodes(rule.sensitivity, episodes),
    });
  }

  /** What was learned since the last markSaved(). */
  *changed(): Generator<SavedWatch> {
    for (const [ruleId, sensorIds] of this.dirty) {
      for (const sensorId of sensorIds) {
        const watch = this.rules.get(ruleId)?.get(sensorId);
        if (watch)
          yield { ruleId, sensorId, detector: watch.detector.save(), episodes: watch.episodes.state };
      }
    }
  }

  markSaved(): void {
    this.dirty.clear();
    this.startedOver.clear();
  }

  dropRule(ruleId: string): void {
    this.rules.delete(ruleId);
    this.dirty.delete(ruleId);
  }

  dropSensor(sensorId: string): void {
    for (const watches of this.rules.values()) watches.delete(sensorId);
    for (const sensorIds of this.dirty.values()) sensorIds.delete(sensorId);
  }

  /** Forgets what was learned of a sensor, also in what is saved. */
  startOver(sensorId: string): void {
    this.dropSensor(sensorId);
    this.startedOver.add(sensorId);
  }

  private restoreDetector(state: Uint8Array): AnomalyDetector {
    try {
      return this.detectors.restore(state);
    } catch (error) {
      if (!(error instanceof DetectorStateError)) throw error;
      return this.detectors.create();
    }
  }

  private watchOf(rule: AnomalyRule, sensorId: string): Watch {
    const watches = this.watchesOf(rule.id);
    let watch = watches.get(sensorId);
    if (!watch) {
      watch = { detector: this.detectors.create(), episodes: new Episodes(rule.sensitivity) };
      watches.set(sensorId, watch);
    }
    return watch;
  }

  private watchesOf(ruleId: string): Map<string, Watch> {
    let watches = this.rules.get(ruleId);
    if (!watches) {
      watches = new Map();
      this.rules.set(ruleId, watches);
    }
    return watches;
  }

  private markDirty(ruleId: string, sensorId: string): void {
    let sensorIds = this.dirty.get(ruleId);
    if (!sensorIds) {
      sensorIds = new Set();
      this.dirty.set(ruleId, sensorIds);
    }
    sensorIds.add(sensorId);
  }
}
