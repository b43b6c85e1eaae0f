import { JournalWatch } from '../../src/journal/journal-watch.js';

describe('the journal watch', () => {
  const watchOver = (bytes: number): { watch: JournalWatch; reported: string[] } => {
    const reported: string[] = [];
    const watch = new JournalWatch(bytes, 100);
    watch.onChange(({ condition, holds }) => reported.push(`${condition} ${holds ? 'begins' : 'ends'}`));
    return { watch, reported };
  };

  it('reports that the journal fills up at 80 %, and that this is over below 50 %', () => {
    const { watch, reported } = watchOver(0);
    for (const bytes of [79, 80, 95]) watch.appended(bytes);
    for (const bytes of [60, 85, 50, 49]) watch.released(bytes);
    expect(reported).toEqual(['HIGH_WATER begins', 'HIGH_WATER ends']);
  });

  it('reports at once the conditions at the start', () => {
    expect(watchOver(90).reported).toEqual(['HIGH_WATER begins']);
  });

  it('reports a full journal once, and its end once readings were released and others appended', () => {
    const { watch, reported } = watchOver(0);
    watch.appended(99);
    watch.refused('JOURNAL_FULL');
    watch.refused('JOURNAL_FULL');
    // A small reading that happens to fit does not mean that there is space again.
    watch.appended(100);
    expect(reported).toEqual(['HIGH_WATER begins', 'JOURNAL_FULL begins']);
    watch.released(60);
    watch.appended(61);
    expect(reported).toEqual(['HIGH_WATER begins', 'JOURNAL_FULL begins', 'JOURNAL_FULL ends']);
  });

  it('reports a disk that takes no writes, and when it does again', () => {
    const { watch, reported } = watchOver(0);
    watch.refused('DISK_FULL');
    watch.refused('JOURNAL_UNAVAILABLE');
    watch.refused('TOO_BUSY');
    watch.appended(1);
    expect(reported).toEqual([
      'DISK_FULL begins',
      'JOURNAL_UNAVAILABLE begins',
      'DISK_FULL ends',
      'JOURNAL_UNAVAILABLE ends',
    ]);
  });
});
