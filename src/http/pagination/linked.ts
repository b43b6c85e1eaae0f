/** An answer, and what to ask for to get the part that follows. */
export class Linked {
  /** @param next the query parameters of the following part; absent when there is none */
  constructor(
    readonly body: unknown,
    readonly next?: Readonly<Record<string, string>>,
  ) {}
}
