import { JournalWatch } from '../../src/journal/journal-watch.js';

describe('the watch over the journal', () => {
  const watchOver = (bytes: number): { watch: JournalWatch; told: string[] } => {
    const told: string[] = [];
    const watch = new JournalWatch(bytes, 100);
    watch.onChange(({ condition, holds }) => told.push(`${condition} ${holds ? 'begins' : 'ends'}`));
    return { watch, told };
  };

  it('tells that it fills up at four fifths, and that this is over at a half', () => {
    const { watch, told } = watchOver(0);
    for (const bytes of [79, 80, 95]) watch.appended(bytes);
    for (const bytes of [60, 85, 50, 49]) watch.released(bytes);
    expect(told).toEqual(['HIGH_WATER begins', 'HIGH_WATER ends']);
  });

  it('tells at once what held at the start', () => {
    expect(watchOver(90).told).toEqual(['HIGH_WATER begins']);
  });

  it('tells that it is full once, and that it accepts again once something has left and something came', () => {
    const { watch, told } = watchOver(0);
    watch.appended(99);
    watch.refused('JOURNAL_FULL');
    watch.refused('JOURNAL_FULL');
    // A small reading that happens to fit is no sign.
    watch.appended(100);
    expect(told).toEqual(['HIGH_WATER begins', 'JOURNAL_FULL begins']);
    watch.released(60);
    watch.appended(61);
    expect(told).toEqual(['HIGH_WATER begins', 'JOURNAL_FULL begins', 'JOURNAL_FULL ends']);
  });

  it('tells of a disk that takes nothing, until it does', () => {
    const { watch, told } = watchOver(0);
    watch.refused('DISK_FULL');
    watch.refused('JOURNAL_UNAVAILABLE');
    watch.refused('TOO_BUSY');
    watch.appended(1);
    expect(told).toEqual([
      'DISK_FULL begins',
      'JOURNAL_UNAVAILABLE begins',
      'DISK_FULL ends',
      'JOURNAL_UNAVAILABLE ends',
    ]);
  });
});
