import { api, ask, type SystemEvent } from '../api/client.js';
import { nextPageUrl } from '../api/next-page.js';
import { type LogFilter, queryOf } from './log-filter.js';

/** Entries of the first page, which is shown soon, and of those that follow, of which few should be needed. */
const FIRST_PAGE = 100;
const NEXT_PAGE = 500;

/** A part of the log, newest first, and where the next one is; undefined when it was the last. */
export interface LogPage {
  readonly entries: readonly SystemEvent[];
  readonly next: string | undefined;
}

/** @param next as the page before named it; undefined for the first page. @throws RequestError */
export async function loadPage(
  filter: LogFilter,
  next: string | undefined,
  signal: AbortSignal,
  limit = FIRST_PAGE,
): Promise<LogPage> {
  if (next !== undefined) {
    const response = await ask(next, { signal });
    return { entries: (await response.json()) as SystemEvent[], next: nextOf(response) };
  }
  const { sensorId, ...rest } = queryOf(filter);
  const filled = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
  // A comma inside an identifier is escaped.
  const sensors = sensorId ? { sensorId: [sensorId.replaceAll(',', '\\,')] } : {};
  const { data = [], response } = await api.GET('/api/logs', {
    params: { query: { ...filled, ...sensors, limit } },
    signal,
  });
  return { entries: data, next: nextOf(response) };
}

function nextOf(response: Response): string | undefined {
  const next = nextPageUrl(response, response.url);
  if (next === undefined) return undefined;
  const address = new URL(next);
  address.searchParams.set('limit', String(NEXT_PAGE));
  return address.href;
}
