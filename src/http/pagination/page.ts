import { Linked } from './linked.js';

/** A part of a collection, and the query of the part that follows. */
export class Page<T> extends Linked {
  /** @param next the query parameters of the following page; absent on the last one */
  constructor(
    readonly items: readonly T[],
    next?: Readonly<Record<string, string>>,
  ) {
    super(items, next);
  }

  /** The same page with every item changed. */
  map<U>(change: (item: T) => U): Page<U> {
    return new Page(this.items.map(change), this.next);
  }
}
