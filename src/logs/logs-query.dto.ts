import { fromCursor, toCursor } from '../paging/cursor.js';
import { Cursor, Limit } from '../paging/paging.decorator.js';
import type { LoggedEvent } from './system-event.js';

/** Which part of the system log is asked for. */
export class LogsQueryDto {
  @Limit(1_000, 100)
  limit = 100;

  @Cursor((cursor) => toEventRow(cursor) !== undefined)
  cursor?: string;
}

/** Where a page that ended with this entry goes on. */
export function eventCursor({ row }: LoggedEvent): string {
  return toCursor([row]);
}

/** @returns undefined when the text is not from eventCursor() */
export function toEventRow(cursor: string): number | undefined {
  const [row] = fromCursor(cursor, 1) ?? [];
  return Number.isSafeInteger(row) ? (row as number) : undefined;
}
