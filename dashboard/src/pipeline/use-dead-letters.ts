import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { GATEWAY_URL, isAccessError, request, RequestError } from '../api/client.js';
import type { DeadLetter } from '../api/schemas.js';
import { useKey } from '../api/key.js';
import { nextPageUrl } from '../api/next-page.js';

const PAGE_SIZE = 50;
const REFRESH_MS = 5_000;

/** One page of dead letters. */
export interface DeadLettersPage {
  readonly letters: readonly DeadLetter[];
  /** The cursor of the next page; undefined on the last one. */
  readonly nextCursor: string | undefined;
}

/** One page, oldest first. @param total number of dead letters: a change loads the page again */
export function useDeadLetters(cursor: string, total: number): UseQueryResult<DeadLettersPage> {
  const key = useKey();
  return useQuery({
    queryKey: ['dead-letters', key, cursor, total],
    queryFn: ({ signal }) => load(cursor, signal),
    placeholderData: keepPreviousData,
    // Without the right to see them, a retry is useless.
    refetchInterval: ({ state: { error } }) => (isAccessError(error) ? false : REFRESH_MS),
  });
}

export function isForbidden(error: unknown): boolean {
  return error instanceof RequestError && error.status === 403;
}

async function load(cursor: string, signal: AbortSignal): Promise<DeadLettersPage> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor && { cursor }) });
  const response = await request(`${GATEWAY_URL}/api/dead-letters?${query.toString()}`, { signal });
  const next = nextPageUrl(response, response.url);
  return {
    letters: (await response.json()) as DeadLetter[],
    nextCursor: next && (new URL(next).searchParams.get('cursor') ?? undefined),
  };
}
