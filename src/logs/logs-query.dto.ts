import { fromCursor, toCursor } from '../paging/cursor.js';
import { Cursor, Limit } from '../paging/paging.decorator.js';
import type { SystemEvent } from './system-event.js';

/** Which part of the system log is asked for. */
export class LogsQueryDto {
  @Limit(1_000, 100)
  limit = 100;

  @Cursor((cursor) => toEventId(cursor) !== undefined)
  cursor?: string;
}

/** Where a page that ended with this entry goes on. */
export function eventCursor({ id }: SystemEvent): string {
  return toCursor([id]);
}

/** @returns undefined when the text is not from eventCursor() */
export function toEventId(cursor: string): number | undefined {
  const [id] = fromCursor(cursor, 1) ?? [];
  return Number.isSafeInteger(id) ? (id as number) : undefined;
}
