import type { StampState } from './stamp-allocator.js';

/** What is known of time from one run to the next. */
export interface ClockState {
  /** What the machine's clock showed when this was saved, milliseconds since the Unix epoch. */
  readonly wallMs: number;
  /** See ExpiryClock. */
  readonly expiryMs: number;
  /** See StampAllocator. */
  readonly stamps: StampState;
}

/** Keeps the state of the clocks from one run to the next. Local implementation: ClockFile. */
export abstract class ClockStorage {
  /** The newest state of the previous run that is sound. */
  abstract readonly found: ClockState | undefined;

  /** Whether no later state can have been lost. */
  abstract readonly isCertain: boolean;

  /** What an earlier version of the gateway noted: it gave no timestamp after this one, microseconds since the Unix epoch. */
  abstract readonly legacyUs: number | undefined;

  /** Whether there was a state, and it is damaged. */
  abstract readonly isLost: boolean;

  /** The residue of the first stamps without a state, 0 to 63. */
  abstract readonly firstResidue: number;

  /**
   * Saves a state. It can no longer be lost once this returns.
   * @throws Error when it cannot be saved; the state before is still there then
   */
  abstract save(state: ClockState): Promise<void>;

  /** Waits for the saves in flight. May be called twice. */
  abstract close(): Promise<void>;
}
