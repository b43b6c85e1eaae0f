import { api, request } from '../api/client.js';
import type { SystemEvent } from '../api/schemas.js';
import { nextPageUrl } from '../api/next-page.js';
import { type LogFilter, queryOf } from './log-filter.js';

/** Events on the first page, which should show soon, and on later ones, which are loaded while scrolling. */
const FIRST_PAGE = 100;
const NEXT_PAGE = 500;

/** One page of the log, newest first, and the URL of the next one; undefined on the last page. */
export interface LogPage {
  readonly events: readonly SystemEvent[];
  readonly next: string | undefined;
}

/** @param next URL from the previous page; undefined for the first page. @throws RequestError */
export async function loadPage(
  filter: LogFilter,
  next: string | undefined,
  signal: AbortSignal,
  limit = FIRST_PAGE,
): Promise<LogPage> {
  if (next !== undefined) {
    const response = await request(next, { signal });
    return { events: (await response.json()) as SystemEvent[], next: nextOf(response) };
  }
  const { sensorId, ...rest } = queryOf(filter);
  const filled = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
  // Commas separate identifiers, so a comma inside one is escaped.
  const sensors = sensorId ? { sensorId: [sensorId.replaceAll(',', '\\,')] } : {};
  const { data = [], response } = await api.GET('/api/logs', {
    params: { query: { ...filled, ...sensors, limit } },
    signal,
  });
  return { events: data, next: nextOf(response) };
}

function nextOf(response: Response): string | undefined {
  const next = nextPageUrl(response, response.url);
  if (next === undefined) return undefined;
  const url = new URL(next);
  url.searchParams.set('limit', String(NEXT_PAGE));
  return url.href;
}
