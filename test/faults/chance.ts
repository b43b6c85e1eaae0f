/** Random choices from a seed, so that a run can be repeated as far as its load allows. */
export class Chance {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** FAULTS_SEED, or a random number; it is written to standard error, so that the run can be repeated. */
  static ofThisRun(suite: string): Chance {
    const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000_000);
    process.stderr.write(`${suite}: FAULTS_SEED=${seed} makes the same choices again\n`);
    return new Chance(seed);
  }

  /** A whole number from 0 to below `end` (mulberry32). */
  below(end: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, order: this.below(2 ** 31) }))
      .sort((a, b) => a.order - b.order)
      .map(({ item }) => item);
  }
}
