import { join } from 'node:path';

import { JournalRetention } from '../../src/journal/journal-retention.js';
import { Journal } from '../../src/journal/journal.js';
import { emptyFolder, fileOptions } from '../support/environment.js';

const COUNTERS = { stored: 0, deadLettered: 0, damaged: 0 };
/** Of a size that begins a new segment with the next entry. */
const PADDING = 'x'.repeat(70_000);

describe('a hold of the journal', () => {
  it('keeps what is released until it is committed or closed, and is no work that is left', async () => {
    const journal = await Journal.open(join(emptyFolder(), 'journal'), 1 << 20, fileOptions(), {
      releasedSeq: 0,
      reserveBytes: 0,
    });
    const retention = new JournalRetention(journal, COUNTERS);
    const append = (value: number): Promise<void> =>
      journal.append({
        acceptedMs: 1,
        readings: [{ sensorId: 's', zone: PADDING, value, timestampUs: value }],
      });
    for (const value of [1, 2, 3]) await append(value);
    await retention.release(1, COUNTERS);
    const hold = retention.hold();
    expect(hold.position).toBe(1);
    expect(hold.heldBytes).toBe(0);
    const entryBytes = journal.watch.bytes / 2;
    await retention.release(2, COUNTERS);
    // Others need the third entry, too.
    expect(hold.heldBytes).toBe(entryBytes);
    await retention.release(3, COUNTERS);
    expect(hold.heldBytes).toBe(2 * entryBytes);
    expect(retention.uncommittedReadings).toBe(0);
    const values = async (): Promise<unknown[]> =>
      (await hold.read(1 << 20)).map(({ entry }) => entry?.readings[0]?.value);
    expect(await values()).toContain(2);
    const bytes = journal.watch.bytes;
    hold.advance(2);
    await hold.commit(2);
    expect(journal.watch.bytes).toBeLessThan(bytes);
    expect(hold.heldBytes).toBe(entryBytes);
    expect(await values()).toEqual([3]);
    await append(4);
    await hold.close();
    await hold.close();
    await retention.release(4, COUNTERS);
    expect(hold.heldBytes).toBe(0);
    await journal.close();
  });
});
