import {
  type AnomalyDetector,
  type DetectorFactory,
  DetectorStateError,
} from './anomaly/anomaly-detector.js';
import { type EpisodeState, Episodes } from './anomaly/episodes.js';
import type { Reading } from '../model/reading.js';
import type { EventCollector } from './event-collector.js';
import type { AnomalyRule } from './rule.js';
import { behavesUnusually } from './rule-events.js';

/** What a rule has learned of a sensor. */
interface Watch {
  readonly detector: AnomalyDetector;
  readonly episodes: Episodes;
}

/** What is to be scored in one go. */
interface Waiting {
  readonly rule: AnomalyRule;
  readonly watch: Watch;
  readonly readings: Reading[];
  /** The numbers of the readings. */
  readonly numbers: number[];
}

/** What a rule has learned of a sensor, as it is kept. */
export interface SavedWatch {
  readonly ruleId: string;
  readonly sensorId: string;
  readonly detector: Uint8Array;
  readonly episodes: EpisodeState;
}

/** A detector for each rule and sensor, given its readings in batches, and one event an episode. */
export class AnomalyWatch {
  private readonly rules = new Map<string, Map<string, Watch>>();
  private readonly waiting = new Map<Watch, Waiting>();
  private readonly dirty = new Map<string, Set<string>>();

  constructor(private readonly detectors: DetectorFactory) {}

  /** Notes a reading to be scored with the next judge(); those of a sensor in the order of their time. */
  note(rule: AnomalyRule, reading: Reading, number: number): void {
    const watch = this.watchOf(rule, reading.sensorId);
    let waiting = this.waiting.get(watch);
    if (!waiting) {
      waiting = { rule, watch, readings: [], numbers: [] };
      this.waiting.set(watch, waiting);
    }
    waiting.readings.push(reading);
    waiting.numbers.push(number);
  }

  /** Scores what was noted, and writes the beginnings of episodes on the sheet. */
  async judge(sheet: EventCollector): Promise<void> {
    for (const { rule, watch, readings, numbers } of this.waiting.values()) {
      const scores = await watch.detector.score(readings);
      readings.forEach((reading, i) => {
        const score = scores[i] ?? 0;
        if (watch.episodes.step(score, reading.timestampUs) === 'started')
          sheet.add(behavesUnusually(rule, reading, score), numbers[i]);
      });
      this.markDirty(rule.id, readings[0]?.sensorId ?? '');
    }
    this.waiting.clear();
  }

  /** Takes what changed() gave in an earlier life; what cannot be understood any more is learned anew. */
  restore(rule: AnomalyRule, { sensorId, detector, episodes }: SavedWatch): void {
    this.watchesOf(rule.id).set(sensorId, {
      detector: this.restoreDetector(detector),
      episodes: new Episodes(rule.sensitivity, episodes),
    });
  }

  /** What was learned since saved() was called last. */
  *changed(): Generator<SavedWatch> {
    for (const [ruleId, sensorIds] of this.dirty) {
      for (const sensorId of sensorIds) {
        const watch = this.rules.get(ruleId)?.get(sensorId);
        if (watch)
          yield { ruleId, sensorId, detector: watch.detector.save(), episodes: watch.episodes.state };
      }
    }
  }

  saved(): void {
    this.dirty.clear();
  }

  dropRule(ruleId: string): void {
    this.rules.delete(ruleId);
    this.dirty.delete(ruleId);
  }

  dropSensor(sensorId: string): void {
    for (const watches of this.rules.values()) watches.delete(sensorId);
    for (const sensorIds of this.dirty.values()) sensorIds.delete(sensorId);
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
