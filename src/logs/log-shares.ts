/** Whose entries compete for the log: those of one rule about one sensor. Without both they are about the gateway itself. */
export interface ShareOwner {
  readonly ruleId: string | null;
  readonly sensorId: string | null;
}

/** An owner, and how many entries it has. */
export interface Share extends ShareOwner {
  readonly count: number;
}

/** The part of the log that entries about the gateway itself have in any case: who invents sensors must not hide them. */
const OWN_PART = 0.1;

/**
 * Who has how many entries in a log that is bounded. When it is full, the owner with the most entries loses its oldest one, so
 * that an owner keeps all of its entries as long as it has fewer than another one. Each call takes the same time, whatever
 * the number of entries and owners.
 */
export class LogShares {
  private readonly shares = new Map<string, { -readonly [K in keyof Share]: Share[K] }>();
  /** The owners but the gateway itself, by the number of their entries. */
  private readonly byCount = new Map<number, Set<Share>>();
  private largestCount = 0;
  private total = 0;

  /** @param shares what the log has now */
  constructor(shares: Iterable<Share> = []) {
    for (const share of shares) this.change(share, share.count);
  }

  /** The entries of all owners. */
  get size(): number {
    return this.total;
  }

  add(owner: ShareOwner): void {
    this.change(owner, 1);
  }

  remove(owner: ShareOwner): void {
    this.change(owner, -1);
  }

  /** Who loses its oldest entry when the log has more than `maxEntries`. */
  loser(maxEntries: number): ShareOwner {
    const [largest] = this.byCount.get(this.largestCount) ?? [];
    const own = this.shares.get(keyOf(GATEWAY)) ?? { ...GATEWAY, count: 0 };
    const isOwnLarger = own.count > Math.max(maxEntries * OWN_PART, this.largestCount);
    return largest === undefined || isOwnLarger ? own : largest;
  }

  private change(owner: ShareOwner, by: number): void {
    const { ruleId, sensorId } = owner;
    const key = keyOf(owner);
    const share = this.shares.get(key) ?? { ruleId, sensorId, count: 0 };
    const isOwn = ruleId === null && sensorId === null;
    if (!isOwn) this.byCount.get(share.count)?.delete(share);
    share.count += by;
    this.total += by;
    if (share.count > 0) this.shares.set(key, share);
    else this.shares.delete(key);
    if (!isOwn) this.sort(share, share.count - by);
  }

  /** Puts a share where its new count belongs. */
  private sort(share: Share, before: number): void {
    if (share.count > 0) {
      const equals = this.byCount.get(share.count) ?? new Set();
      this.byCount.set(share.count, equals.add(share));
    }
    if (this.byCount.get(before)?.size === 0) this.byCount.delete(before);
    this.largestCount = Math.max(this.largestCount, share.count);
    // Entries leave one by one, so that the next largest count is that of the owner that just lost one, or none is left.
    if (!this.byCount.has(this.largestCount)) this.largestCount = share.count;
  }
}

const GATEWAY: ShareOwner = { ruleId: null, sensorId: null };

function keyOf({ ruleId, sensorId }: ShareOwner): string {
  return JSON.stringify([ruleId, sensorId]);
}
