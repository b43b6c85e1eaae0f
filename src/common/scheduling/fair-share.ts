import { performance } from 'node:perf_hooks';

/** A holder that asked for none within so long does not want any. */
const WANTED_MS = 24 * 3_600_000;

/** What nobody is known to hold. */
export const NOBODY = '';

/** Why a holder gets no more: there is none left, or it has its share and others want the rest. */
export type Shortage = 'whole' | 'share';

/**
 * Who holds how much of what all share and nobody can be made to give back. The only one to use it may take all. Beside
 * others, a holder may take more while it then holds at most what was free: one that takes all it can ends at half, two
 * at a third each, and one that comes later finds room. The rule is the dynamic threshold of switches that share their
 * memory (Choudhury and Hahne, 1998, https://doi.org/10.1109/90.664262).
 */
export class FairShare {
  private readonly held = new Map<string, number>();
  private sum = 0;
  /** Who asked last, when, and when somebody else last did. That is enough to know whether one is alone. */
  private newest: string | undefined;
  private newestMs = -Infinity;
  private otherMs = -Infinity;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** What all hold together. */
  get total(): number {
    return this.sum;
  }

  heldBy(holder: string): number {
    return this.held.get(holder) ?? 0;
  }

  /** Notes that a holder uses what is shared: nobody else is alone with it from now on. */
  noteUse(holder: string): void {
    if (holder !== this.newest) {
      this.otherMs = this.newestMs;
      this.newest = holder;
    }
    this.newestMs = this.now();
  }

  /**
   * @param free how much nobody has taken
   * @returns why a holder may not take as much more; undefined when it may
   */
  whyNot(holder: string, amount: number, free: number): Shortage | undefined {
    if (amount > free) return 'whole';
    return this.heldBy(holder) + amount <= free || this.isAlone(holder) ? undefined : 'share';
  }

  take(holder: string, amount: number): void {
    this.set(holder, this.heldBy(holder) + amount);
  }

  /** Takes back what a holder took. */
  release(holder: string, amount: number): void {
    this.set(holder, Math.max(0, this.heldBy(holder) - amount));
  }

  /** Forgets what is held, and not who wants some. */
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
    return this.now() - otherMs >= WANTED_MS;
  }
}
