import type { Refusal } from '../../influx/reading-store.js';
import type { Reading } from '../../model/reading.js';
import { formatTimestamp } from '../../model/timestamp.js';
import { count } from '../number-text.js';

/** Readings of one sensor that the target refused for one kind of cause. */
export interface RefusedGroup {
  readonly sensorId: string;
  readonly kind: string;
  /** The store's words about the first of them. */
  readonly reason: string;
  count: number;
  firstUs: number;
  lastUs: number;
}

/** The most groups that are kept and named. */
const MAX_GROUPS = 100;

/** What the target refused for good: counted, and named by sensor and cause. */
export class RefusedReadings {
  private readonly groups: RefusedGroup[];

  /** @param found what an earlier run was refused */
  constructor(
    found: readonly RefusedGroup[] = [],
    /** All of them, also those that are not named. */
    public total = 0,
  ) {
    this.groups = found.map((group) => ({ ...group }));
  }

  add({ sensorId, timestampUs }: Reading, { kind, reason }: Refusal): void {
    this.total += 1;
    const known = this.groups.findLast((group) => group.sensorId === sensorId && group.kind === kind);
    if (known) {
      known.count += 1;
      known.firstUs = Math.min(known.firstUs, timestampUs);
      known.lastUs = Math.max(known.lastUs, timestampUs);
    } else if (this.groups.length < MAX_GROUPS) {
      this.groups.push({ sensorId, kind, reason, count: 1, firstUs: timestampUs, lastUs: timestampUs });
    }
  }

  get named(): readonly RefusedGroup[] {
    return this.groups;
  }

  /** @returns a line for each group, and one for those that are not named */
  format(): string[] {
    const lines = this.groups.map(
      ({ sensorId, kind, reason, count: refused, firstUs, lastUs }) =>
        `  ${JSON.stringify(sensorId)}: ${count(refused)} refused (${kind}), ${formatTimestamp(firstUs)} to ${formatTimestamp(lastUs)}: ${reason}`,
    );
    const unnamed = this.groups.reduce((rest, group) => rest - group.count, this.total);
    if (unnamed > 0) lines.push(`  and ${count(unnamed)} of further sensors`);
    return lines;
  }
}
