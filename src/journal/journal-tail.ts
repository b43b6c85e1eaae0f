import type { EntryText, Position } from './journal.js';

/** The newest entries as text, so that those who read the journal as it grows need not ask the disk. */
export class JournalTail {
  private entries: EntryText[] = [];
  /** The first entry that counts; those before it are gone. */
  private head = 0;
  private characters = 0;

  /** @param maxCharacters of text in memory */
  constructor(private readonly maxCharacters: number) {}

  push(entry: EntryText): void {
    this.entries.push(entry);
    this.characters += entry.text.length;
    for (let oldest = this.entries[this.head]; oldest && this.characters > this.maxCharacters;) {
      this.characters -= oldest.text.length;
      oldest = this.entries[(this.head += 1)];
    }
    // In halves, so that each entry moves once on average.
    if (this.head * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.head);
    this.head = 0;
  }

  /** @returns about `maxCharacters` of what follows a place, oldest first; undefined when that is not here any more */
  after(place: Position, maxCharacters: number): EntryText[] | undefined {
    let first = this.entries.length;
    while (first > this.head && (this.entries[first - 1]?.position ?? 0) > place) first -= 1;
    const next = this.entries[first];
    if (!next || next.position - next.count !== place) return undefined;
    let end = first;
    for (let characters = 0; end < this.entries.length && characters < maxCharacters; end += 1)
      characters += this.entries[end]?.text.length ?? 0;
    return this.entries.slice(first, end);
  }
}
