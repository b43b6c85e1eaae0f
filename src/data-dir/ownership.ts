/**
 * What makes this gateway the only one that forwards readings, judges them and changes what it keeps. A gateway has it before
 * it opens a ledger, a log or rules, and until they are closed. When the process dies, another gateway may have it. Local
 * implementation: DataDir, which owns everything in its folder from the start to the end.
 */
export abstract class Ownership {
  /** Lets another gateway have it. May be called twice. */
  abstract release(): void;
}
