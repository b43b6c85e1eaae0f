/** A position in a collection as a cursor, which clients send back unchanged. */
export function toCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @returns the position that toCursor() was given; undefined when the text is not a cursor of that length */
export function fromCursor(cursor: string, length: number): unknown[] | undefined {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(position) && position.length === length ? position : undefined;
  } catch {
    return undefined;
  }
}
