import { JournalCursor, RetainingCursor } from '../../src/journal/journal-cursor.js';
import type { EntryBytes, JournalEntry } from '../../src/journal/journal-entry.js';

/** Records its calls. */
class AskedJournal {
  readonly asked: [after: number, maxBytes: number | undefined][] = [];

  read(after: number, maxBytes?: number): Promise<JournalEntry[]> {
    this.asked.push([after, maxBytes]);
    return Promise.resolve([]);
  }

  readBytes(after: number): Promise<EntryBytes[]> {
    this.asked.push([after, undefined]);
    return Promise.resolve([]);
  }
}

describe('a journal cursor', () => {
  it('reads what follows its position, which moves with advance() only, and never back', async () => {
    const journal = new AskedJournal();
    const cursor = new JournalCursor(journal, 3);
    await cursor.read(100);
    await cursor.read();
    cursor.advance(7);
    cursor.advance(5);
    await cursor.readBytes();
    expect(journal.asked).toEqual([
      [3, 100],
      [3, undefined],
      [7, undefined],
    ]);
    expect(cursor.position).toBe(7);
  });

  it('gives space back when it commits a later position, whatever it has read', async () => {
    const commits: number[] = [];
    const cursor: RetainingCursor = new RetainingCursor(new AskedJournal(), 3, () => {
      commits.push(cursor.committed);
      return Promise.resolve();
    });
    cursor.advance(9);
    expect(cursor.committed).toBe(3);
    for (const position of [3, 6, 5, 6, 8]) await cursor.commit(position);
    expect(commits).toEqual([6, 8]);
    expect(cursor.position).toBe(9);
  });
});
