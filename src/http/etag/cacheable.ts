/** A response that a client may cache; it is not sent again while its tag is current. */
export class Cacheable {
  /**
   * @param tag changes whenever the body does; visible ASCII without quotes
   * @param body makes the body as JSON text; not called for a client that has it
   */
  constructor(
    readonly tag: string,
    readonly body: () => string,
  ) {}
}
