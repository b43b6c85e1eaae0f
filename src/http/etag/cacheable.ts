/** An answer that a client may keep, and need not be sent again while its tag stands. */
export class Cacheable {
  /**
   * @param tag changes whenever the body does; visible ASCII without quotes
   * @param body makes the body, JSON text; not called for a client that has it
   */
  constructor(
    readonly tag: string,
    readonly body: () => string,
  ) {}
}
