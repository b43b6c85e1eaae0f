import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { ask, type DeadLetter, GATEWAY_URL, isAccessError, RequestError } from '../api/client.js';
import { useKey } from '../api/key.js';
import { nextPageUrl } from '../api/next-page.js';

const PAGE = 50;
const EVERY_MS = 5_000;

/** Some dead letters, and where the next are. */
export interface DeadLettersPage {
  readonly letters: readonly DeadLetter[];
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

/** One page, the oldest first. @param total asked for anew when it changes */
export function useDeadLetters(cursor: string, total: number): UseQueryResult<DeadLettersPage> {
  const key = useKey();
  return useQuery({
    queryKey: ['dead-letters', key, cursor, total],
    queryFn: ({ signal }) => load(cursor, signal),
    placeholderData: keepPreviousData,
    // Whoever may not see them may not a second later either.
    refetchInterval: ({ state: { error } }) => (isAccessError(error) ? false : EVERY_MS),
  });
}

export function isForbidden(error: unknown): boolean {
  return error instanceof RequestError && error.status === 403;
}

async function load(cursor: string, signal: AbortSignal): Promise<DeadLettersPage> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(cursor && { cursor }) });
  const response = await ask(`${GATEWAY_URL}/api/dead-letters?${query.toString()}`, { signal });
  const next = nextPageUrl(response, response.url);
  return {
    letters: (await response.json()) as DeadLetter[],
    nextCursor: next && (new URL(next).searchParams.get('cursor') ?? undefined),
  };
}
