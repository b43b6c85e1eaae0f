/** A record of a batch that cannot be parsed. */
export class MalformedRecord {
  /** @param message what is wrong with it */
  constructor(readonly message: string) {}
}
