/** One message as text/event-stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function toMessage(event: string, id: string, json: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`;
}

/** No message, but the client remembers the id for when it comes back. */
export function toHeartbeat(id: string): string {
  return `: heartbeat\nid: ${id}\n\n`;
}

/** What a client sees first: how long to wait before it comes back, and where it begins. */
export function toGreeting(retryMs: number, id: string): string {
  return `retry: ${retryMs}\nid: ${id}\n\n`;
}
