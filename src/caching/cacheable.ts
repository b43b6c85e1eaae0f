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

/** Thrown where the client has the answer already: 304. One for all, as a stack for each would cost more than the answer. */
export const NOT_MODIFIED = new Error('Not modified');
