import { Logger } from '@nestjs/common';

import { isPlausible } from './plausible-time.js';
import type { SteadyClock } from './steady-clock.js';

const CHECK_MS = 1_000;
/** A gateway that was off for less is not worth an entry. */
const MIN_OFF_MS = 60_000;

/** What happened to the machine's clock. */
export interface ClockEvent {
  readonly type: 'critical' | 'normal';
  readonly message: string;
}

/** Notices when the machine's clock leaps: it is compared with the monotonic clock, which nobody can set. */
export class ClockWatch {
  private readonly logger = new Logger('Clock');
  private readonly listeners: ((event: ClockEvent) => void)[] = [];
  private readonly unheard: ClockEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private onLeap = (): void => undefined;
  private wallMs: number;
  private steadyMs: number;

  /**
   * @param notedMs what the machine's clock showed in the previous run, at the end or a minute before; undefined when unknown
   * @param maxStepMs a change by more than this is a leap
   */
  constructor(
    private readonly wall: () => number,
    private readonly steady: Pick<SteadyClock, 'ms'>,
    private readonly maxStepMs: number,
    private readonly notedMs: number | undefined,
  ) {
    this.wallMs = wall();
    this.steadyMs = steady.ms;
    this.reportStart();
  }

  /** Calls the listener with each event, also with those until now. */
  onEvent(listener: (event: ClockEvent) => void): void {
    this.listeners.push(listener);
    for (const event of this.unheard.splice(0)) listener(event);
  }

  /** @param onLeap called after each event about a leap */
  start(onLeap: () => void): void {
    this.onLeap = onLeap;
    this.timer = setInterval(() => {
      this.check();
    }, CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Compares the two clocks now. */
  check(): void {
    const wallMs = this.wall();
    const { ms: steadyMs } = this.steady;
    const expectedMs = this.wallMs + steadyMs - this.steadyMs;
    this.wallMs = wallMs;
    this.steadyMs = steadyMs;
    const leapMs = wallMs - expectedMs;
    if (Math.abs(leapMs) <= this.maxStepMs) return;
    const times = `from ${format(expectedMs)} to ${format(wallMs)}`;
    if (!isPlausible(wallMs)) this.report('critical', notSet(`it was set ${times}`));
    else if (!isPlausible(expectedMs))
      this.report(
        'normal',
        `The machine's clock was set ${times}: readings without a timestamp are accepted`,
      );
    else if (leapMs > 0)
      this.report(
        'critical',
        `The machine's clock leapt forward by ${long(leapMs)}, ${times}: it was set, or the machine was suspended`,
      );
    else this.report('critical', `The machine's clock was set back by ${long(-leapMs)}, ${times}`);
    this.onLeap();
  }

  /** What is known of time from the previous run is lost. */
  reportLoss(): void {
    this.report(
      'critical',
      'clock and clock.copy are damaged: nobody knows whether the clock was set back while the gateway was off, nor which timestamps were given ahead of it',
    );
  }

  private reportStart(): void {
    const { wallMs, notedMs = wallMs } = this;
    const times = `from ${format(notedMs)} to ${format(wallMs)}`;
    if (!isPlausible(wallMs)) this.report('critical', notSet(`it shows ${format(wallMs)}`));
    else if (wallMs < notedMs - this.maxStepMs)
      this.report(
        'critical',
        `The machine's clock was set back by ${long(notedMs - wallMs)} while the gateway was off, ${times}`,
      );
    else if (wallMs > notedMs + MIN_OFF_MS)
      this.report('normal', `The gateway was off for about ${long(wallMs - notedMs)}, ${times}`);
  }

  private report(type: ClockEvent['type'], message: string): void {
    if (type === 'critical') this.logger.warn(message);
    else this.logger.log(message);
    if (this.listeners.length === 0) this.unheard.push({ type, message });
    for (const listener of this.listeners) listener({ type, message });
  }
}

function notSet(why: string): string {
  return `The machine's clock is not set (${why}): readings without a timestamp, and those that seem to be from the future, are refused until it is`;
}

function format(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}

const UNITS_S = { d: 86_400, h: 3_600, min: 60, s: 1 };

/** A duration in its two largest units, such as "1 h 59 min". */
function long(ms: number): string {
  let seconds = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [unit, unitS] of Object.entries(UNITS_S)) {
    const amount = Math.floor(seconds / unitS);
    seconds -= amount * unitS;
    if (amount > 0) parts.push(`${amount} ${unit}`);
  }
  return parts.slice(0, 2).join(' ');
}
