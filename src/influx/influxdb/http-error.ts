import type { HttpError } from '@influxdata/influxdb-client';

import { MAX_TIMER_MS } from '../../common/config/duration.js';

/** InfluxDB's own message; a proxy may have changed the content type. */
export function messageOf({ body, message }: HttpError): string {
  try {
    return (JSON.parse(body ?? '') as { message?: string }).message ?? message;
  } catch {
    return message;
  }
}

/**
 * How many milliseconds InfluxDB asks to wait; undefined when it does not say. Retry-After is in seconds or an HTTP date (RFC 9110,
 * 10.2.3); the client's own retryAfter() reads milliseconds.
 */
export function retryAfterMs({ headers }: HttpError): number | undefined {
  const header = String(headers?.['retry-after'] ?? '');
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return waitMs > 0 ? Math.min(waitMs, MAX_TIMER_MS) : undefined;
}
