import type { Position } from './journal.js';

/** What somebody who reads the journal beside the forwarder still needs of it. */
export class JournalCursor {
  private at: Position;

  /** @param onPassed called whenever less is needed than before */
  constructor(
    position: Position,
    private readonly onPassed: () => Promise<void>,
  ) {
    this.at = position;
  }

  /** Everything up to here is needed no more. */
  get position(): Position {
    return this.at;
  }

  /** Lets the journal go of everything up to a place. */
  async advance(position: Position): Promise<void> {
    if (position <= this.at) return;
    this.at = position;
    await this.onPassed();
  }
}
