import { setTimeout as sleep } from 'node:timers/promises';

import type { StoreConfig } from '../common/config/sections/store.config.js';
import { findBucketId } from '../influx/influxdb/find-bucket-id.js';
import { isSamePlace, placeOf, type StorePlace } from '../influx/store-place.js';
import type { Ledger } from './state/ledger.js';
import type { LeftStore } from './state/store-table.js';

/** How long a start with another URL, organization or bucket waits for the bucket's id. */
const ID_AT_START_MS = 3_000;
const ID_MS = 10_000;
const ASK_AGAIN_MS = 30_000;

/** Which store the gateway's knowledge is of: the ledger remembers it. */
export class StoreMemory {
  private constructor(
    private readonly ledger: Ledger,
    private readonly config: StoreConfig,
    private readonly knowsBucketId: boolean,
    /** Where readings go. */
    readonly place: StorePlace,
    /** The stores that readings do not go to any more, and nobody was told. */
    readonly left: readonly LeftStore[],
    /** Whether this start has changed the store: what was known of its sensors is forgotten. */
    readonly hasChanged: boolean,
  ) {}

  /**
   * Compares the configured store with the one that the ledger knows. When it is another one, what is known of sensors is
   * forgotten, in one transaction with the change. A bucket is the same as long as its id is, if InfluxDB tells the id at once.
   */
  static async settle(ledger: Ledger, config: StoreConfig): Promise<StoreMemory> {
    const place = placeOf(config);
    const before = await ledger.store();
    const mayBeSame = before?.kind === 'influxdb' && place.kind === 'influxdb' && !isSamePlace(before, place);
    const bucketId = mayBeSame ? await bucketIdAtStart(config) : undefined;
    const { hasChanged, untold } = await ledger.settleStore(place, bucketId);
    const knowsBucketId = bucketId !== undefined || (!mayBeSame && before?.bucketId !== undefined);
    return new StoreMemory(ledger, config, knowsBucketId, place, untold, hasChanged);
  }

  /** Asks for the bucket's id, if it is not known, until InfluxDB answers or the signal aborts. Never throws. */
  async learnBucketId(signal: AbortSignal): Promise<void> {
    if (this.knowsBucketId || this.place.kind === 'embedded') return;
    while (!signal.aborted) {
      try {
        const id = await findBucketId(this.config, AbortSignal.any([signal, AbortSignal.timeout(ID_MS)]));
        // A token may not be allowed to see its bucket: then only URL and names tell.
        if (id !== undefined) await this.ledger.learnBucketId(id);
        return;
      } catch {
        await sleep(ASK_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** To be called when somebody was told about a store of `left`. */
  async told(store: LeftStore): Promise<void> {
    await this.ledger.toldOfStore(store.id);
  }
}

async function bucketIdAtStart(config: StoreConfig): Promise<string | undefined> {
  try {
    return await findBucketId(config, AbortSignal.timeout(ID_AT_START_MS));
  } catch {
    return undefined;
  }
}
