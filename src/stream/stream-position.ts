/** The position of a client: it has all readings and all events up to here. */
export interface StreamPosition {
  /** In the journal. */
  readonly reading: number;
  /** In the system log. */
  readonly event: number;
  /** Whether the client may still show readings that were deleted: it is to be reset, also when it reconnects before. */
  readonly isOutdated?: boolean;
}

const FORM = /^([0-9a-z]{1,64})-([0-9a-z]{1,11})-([0-9a-z]{1,11})$/;

/**
 * A position as an opaque id for clients.
 * @param identity of the journal and the log that the position belongs to, lower-case letters and digits
 */
export function toStreamId(identity: string, { reading, event }: StreamPosition): string {
  return `${identity}-${reading.toString(36)}-${event.toString(36)}`;
}

/** @returns undefined for a text that is not an id, or an id of another journal or log */
export function fromStreamId(identity: string, id: string): StreamPosition | undefined {
  const [, of, reading = '', event = ''] = FORM.exec(id) ?? [];
  if (of !== identity) return undefined;
  const position = { reading: parseInt(reading, 36), event: parseInt(event, 36) };
  return Number.isSafeInteger(position.reading) && Number.isSafeInteger(position.event)
    ? position
    : undefined;
}
