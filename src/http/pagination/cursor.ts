/** A place in a collection as a cursor that clients hand back unread. */
export function toCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @returns what toCursor() was given; undefined when the text is no cursor of that length */
export function fromCursor(cursor: string, length: number): unknown[] | undefined {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(place) && place.length === length ? place : undefined;
  } catch {
    return undefined;
  }
}
