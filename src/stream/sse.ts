import type { Reading } from '../model/reading.js';
import { StoredReadingDto } from '../model/stored-reading.dto.js';

/** The data of a message about a reading. */
export function toJson(reading: Reading): string {
  return JSON.stringify(new StoredReadingDto(reading));
}

/** One message as text/event-stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function toMessage(event: string, id: string, json: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`;
}

/** Not a message, but the client remembers the id for its next connection. */
export function toHeartbeat(id: string): string {
  return `: heartbeat\nid: ${id}\n\n`;
}

/** The start of a connection: how long to wait before reconnecting, and the position. */
export function toGreeting(retryMs: number, id: string): string {
  return `retry: ${retryMs}\nid: ${id}\n\n`;
}
