/** A record of a batch that could not be read. */
export class MalformedRecord {
  /** @param message what is wrong with it */
  constructor(readonly message: string) {}
}
