import fc from 'fast-check';

import type { EntryText } from '../../src/journal/journal.js';
import { JournalTail } from '../../src/journal/journal-tail.js';

describe('JournalTail', () => {
  it('gives what follows a place, in pieces, or says that it is not there any more', () => {
    const entry = fc.record({ count: fc.integer({ min: 1, max: 9 }), characters: fc.nat(300) });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 80 }), fc.nat(400), (entries, maxCharacters) => {
        const tail = new JournalTail(2_000);
        const pushed: EntryText[] = [];
        let position = 0;
        for (const { count, characters } of entries) {
          position += count;
          pushed.push({ position, count, text: 'x'.repeat(characters) });
          tail.push(pushed.at(-1) ?? { position, count, text: '' });
        }
        let kept = 0;
        const firstKept = pushed.findLastIndex(({ text }) => (kept += text.length) > 2_000) + 1;
        pushed.forEach(({ position: end, count }, index) => {
          const piece = tail.after(end - count, maxCharacters);
          if (index < firstKept || maxCharacters === 0) {
            expect(piece ?? []).toEqual([]);
            return;
          }
          expect(piece).toEqual(pushed.slice(index, index + (piece?.length ?? 0)));
          expect(piece?.length).toBeGreaterThan(0);
          const before = piece?.slice(0, -1).reduce((sum, { text }) => sum + text.length, 0) ?? 0;
          expect(before).toBeLessThan(maxCharacters);
        });
        expect(tail.after(position, maxCharacters)).toBeUndefined();
      }),
    );
  });
});
