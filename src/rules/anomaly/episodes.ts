/** Where an episode stands: plain JSON data, to be kept with the detector's state. */
export interface EpisodeState {
  /** When the episode that is under way started, microseconds; absent when none is. */
  readonly startedUs?: number;
  /** Since when scores have been low in it, microseconds; absent when the last one was not. */
  readonly lowSinceUs?: number;
  /** How many scores have been low since then. */
  readonly lowScores: number;
}

/**
 * Scores must stay low for this long in event time, and for so many readings, before an episode is over: a ragged
 * one is one event. The readings matter to slow sensors (36 at 5 min are 3 h), the time to fast ones.
 */
const HOLD_US = 15 * 60_000_000;
const HOLD_READINGS = 36;

/** A score counts as low below this part of the threshold, so that one that wavers about it starts nothing anew. */
const LOW = 0.25;

/** The thresholds at sensitivity 0 and 1; never 1 or 0, which nothing or everything would reach. */
const MUTEST = 0.98;
const MOST_TALKATIVE = 0.02;

/**
 * The score that starts an episode: 1 − sensitivity, within 0.02 to 0.98. Detectors put the score 0.5 where an event
 * is worth a person's look, which makes 0.5 the default.
 * @param sensitivity 0 (nearly mute) to 1 (very talkative)
 */
export function thresholdOf(sensitivity: number): number {
  return Math.min(MUTEST, Math.max(MOST_TALKATIVE, 1 - sensitivity));
}

/** Turns the scores of one sensor under one rule into episodes: one event for each, however long and ragged. */
export class Episodes {
  private readonly threshold: number;

  /**
   * @param sensitivity of the rule, 0 to 1; it may differ from the one the state was saved under
   * @param saved what `state` gave
   */
  constructor(
    sensitivity: number,
    private saved: EpisodeState = { lowScores: 0 },
  ) {
    this.threshold = thresholdOf(sensitivity);
  }

  /** What the constructor needs to go on from here. */
  get state(): EpisodeState {
    return this.saved;
  }

  /**
   * @param timestampUs of the reading that was scored, later than the one before
   * @returns what this score begins or ends
   */
  step(score: number, timestampUs: number): 'started' | 'ended' | undefined {
    const { startedUs, lowSinceUs = timestampUs, lowScores } = this.saved;
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
