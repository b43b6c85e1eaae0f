import { performance } from 'node:perf_hooks';

const WANTED_MS = 24 * 3_600_000;

/** The holder of amounts whose holder is unknown. */
export const NOBODY = '';

/** Why a holder gets no more: nothing is left, or it has its share and others need the rest. */
export type Shortage = 'whole' | 'share';

/**
 * Shares a resource between holders when nobody can be forced to release anything. A holder that is alone may take all.
 * Otherwise a holder may take more only while it then holds at most as much as was free before. So one greedy holder gets
 * half, two get a third each, and a later one finds room. The rule is the dynamic threshold of switches with shared memory
 * (Choudhury and Hahne, 1998, https://doi.org/10.1109/90.664262).
 */
export class FairShare {
  private readonly held = new Map<string, number>();
  private sum = 0;
  /** Who asked last, when, and when another holder last did. This is enough to know whether a holder is alone. */
  private newest: string | undefined;
  private newestMs = -Infinity;
  private otherMs = -Infinity;

  /** @param wantedMs a holder that asked for nothing within this time does not need a share */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly wantedMs = WANTED_MS,
  ) {}

  /** The sum over all holders. */
  get total(): number {
    return this.sum;
  }

  heldBy(holder: string): number {
    return this.held.get(holder) ?? 0;
  }

  /** Records that a holder uses the resource: from now on no other holder is alone. */
  recordUse(holder: string): void {
    if (holder !== this.newest) {
      this.otherMs = this.newestMs;
      this.newest = holder;
    }
    this.newestMs = this.now();
  }

  /**
   * @param free how much is not taken
   * @returns why a holder may not take `amount` more; undefined when it may
   */
  whyNot(holder: string, amount: number, free: number): Shortage | undefined {
    if (amount > free) return 'whole';
    return this.heldBy(holder) + amount <= free || this.isAlone(holder) ? undefined : 'share';
  }

  take(holder: string, amount: number): void {
    this.set(holder, this.heldBy(holder) + amount);
  }

  /** Returns what a holder took. */
  release(holder: string, amount: number): void {
    this.set(holder, Math.max(0, this.heldBy(holder) - amount));
  }

  /** Forgets all amounts, but not who asked. */
  clear(): void {
    this.held.clear();
    this.sum = 0;
  }

  private set(holder: string, amount: number): void {
    this.sum += amount - this.heldBy(holder);
    if (amount > 0) this.held.set(holder, amount);
    else this.held.delete(holder);
  }

  private isAlone(holder: string): boolean {
    if (this.sum > this.heldBy(holder) + this.heldBy(NOBODY)) return false;
    const otherMs = holder === this.newest ? this.otherMs : this.newestMs;
    return this.now() - otherMs >= this.wantedMs;
  }
}
