/** A response, and the query of the part that follows. */
export class Linked {
  /** @param next the query parameters of the following part; absent when there is none */
  constructor(
    readonly body: unknown,
    readonly next?: Readonly<Record<string, string>>,
  ) {}
}
