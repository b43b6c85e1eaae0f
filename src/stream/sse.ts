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
