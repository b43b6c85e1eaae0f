import type { SteadyTime } from '../clock/steady-clock.js';

/** A run of the gateway. */
interface Run {
  /** See SteadyTime. */
  readonly run: number;
  /** The running time when its monotonic clock showed 0. */
  readonly zeroMs: number;
  /** Its first moment; all moments of earlier runs are before that. */
  readonly fromMs: number;
}

/** What must survive for the running time to go on. */
export interface RunningTimeState {
  /** How far it has come. */
  readonly nowMs: number;
  /** Those whose entries may have to be judged again, oldest first. */
  readonly runs: readonly Run[];
}

const NO_RUN: Run = { run: NaN, zeroMs: NaN, fromMs: -Infinity };

/**
 * The time by which rules measure silence and waits, in milliseconds. It starts near the time of day, and from then on
 * advances by the monotonic clock while the gateway runs. It stands still while the gateway is off, and no leap of the
 * machine's clock changes it. Entries that are judged again after a crash get the same times again.
 */
export class RunningTime {
  private lastMs: number;
  private runs: readonly Run[];
  private current = NO_RUN;

  constructor({ nowMs, runs }: RunningTimeState = { nowMs: -Infinity, runs: [] }) {
    this.lastMs = nowMs;
    this.runs = runs;
  }

  /** How far it has come. */
  get nowMs(): number {
    return this.lastMs;
  }

  /** When the run of the last moment began: the time between an earlier moment and that is longer than it seems. */
  get runFromMs(): number {
    return this.current.fromMs;
  }

  get state(): RunningTimeState {
    return { nowMs: this.lastMs, runs: this.runs };
  }

  /**
   * Advances to a moment. With the first one of a run that is not known yet, the time goes on where the runs before ended: what
   * a start takes does not count, because nobody can send then.
   * @param steady undefined for what an earlier version accepted: then the time of day counts, as far as it is later
   * @param wallMs the time of day
   * @returns the running time at that moment
   */
  advance(steady: SteadyTime | undefined, wallMs: number): number {
    const ms = steady ? this.zeroOf(steady) + steady.ms : Math.max(this.lastMs, wallMs);
    if (ms > this.lastMs) this.lastMs = ms;
    return ms;
  }

  knows(run: number): boolean {
    return this.runs.some((known) => known.run === run);
  }

  /** The state after a run that is not known yet has advanced to its first moment. */
  stateAfter(steady: SteadyTime): RunningTimeState {
    return { nowMs: this.lastMs, runs: [...this.runs, this.begin(steady)] };
  }

  /** Nothing of the runs before the present one will be judged again. */
  dropEarlierRuns(): void {
    this.runs = this.stateWithoutEarlierRuns.runs;
  }

  /** The state after dropEarlierRuns(). */
  get stateWithoutEarlierRuns(): RunningTimeState {
    return { nowMs: this.lastMs, runs: this.runs.slice(Math.max(0, this.runs.indexOf(this.current))) };
  }

  private zeroOf(steady: SteadyTime): number {
    if (steady.run !== this.current.run) {
      const known = this.runs.find(({ run }) => run === steady.run);
      this.current = known ?? this.begin(steady);
      if (!known) this.runs = [...this.runs, this.current];
    }
    return this.current.zeroMs;
  }

  private begin({ run, ms }: SteadyTime): Run {
    const fromMs = this.lastMs + 1;
    return { run, zeroMs: fromMs - ms, fromMs };
  }
}
