/** The state of an episode: plain JSON data, saved with the detector's state. */
export interface EpisodeState {
  /** When the current episode started, microseconds; absent when there is none. */
  readonly startedUs?: number;
  /** Since when its scores have been low, microseconds; absent when the last one was not. */
  readonly lowSinceUs?: number;
  /** How many scores have been low since then. */
  readonly lowScores: number;
}

/**
 * An episode ends when scores have been low for this long in event time, and for this many readings: an episode with
 * short pauses is one event. The readings matter for slow sensors (36 at 5 min are 3 h), the time for fast ones.
 */
const HOLD_US = 15 * 60_000_000;
const HOLD_READINGS = 36;

/** A score is low below this part of the threshold: a score that varies around it does not start a new episode. */
const LOW = 0.25;

/** The thresholds at sensitivity 0 and 1; not 1 and 0, which no score or every score would reach. */
const HIGHEST = 0.98;
const LOWEST = 0.02;

/**
 * The score that starts an episode: 1 − sensitivity, within 0.02 to 0.98. The default is 0.5, because detectors give the
 * score 0.5 to an event that a person should look at.
 * @param sensitivity 0 (few events) to 1 (many events)
 */
export function thresholdOf(sensitivity: number): number {
  return Math.min(HIGHEST, Math.max(LOWEST, 1 - sensitivity));
}

/** Turns the scores of one sensor under one rule into episodes: one event for each, even if it is long or has short pauses. */
export class Episodes {
  private readonly threshold: number;

  /**
   * @param sensitivity of the rule, 0 to 1; it may have changed since the state was saved
   * @param saved an earlier `state`
   */
  constructor(
    sensitivity: number,
    private saved: EpisodeState = { lowScores: 0 },
  ) {
    this.threshold = thresholdOf(sensitivity);
  }

  /** What the constructor needs to continue from here. */
  get state(): EpisodeState {
    return this.saved;
  }

  /**
   * @param timestampUs of the reading that was scored; not later than the one before only after a clock was set back
   * @returns whether this score starts or ends an episode
   */
  step(score: number, timestampUs: number): 'started' | 'ended' | undefined {
    const { startedUs, lowScores } = this.saved;
    // After a clock was set back, the hold starts over.
    const lowSinceUs = Math.min(this.saved.lowSinceUs ?? timestampUs, timestampUs);
    if (startedUs === undefined) {
      if (score < this.threshold) return undefined;
      this.saved = { startedUs: timestampUs, lowScores: 0 };
      return 'started';
    }
    if (score >= this.threshold * LOW) {
      if (lowScores > 0) this.saved = { startedUs, lowScores: 0 };
      return undefined;
    }
    if (lowScores + 1 >= HOLD_READINGS && timestampUs - lowSinceUs >= HOLD_US) {
      this.saved = { lowScores: 0 };
      return 'ended';
    }
    this.saved = { startedUs, lowSinceUs, lowScores: lowScores + 1 };
    return undefined;
  }
}
