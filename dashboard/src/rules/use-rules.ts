import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { api, dataOf, RequestError } from '../api/client.js';
import type { Rule } from '../api/schemas.js';
import { useKey } from '../api/key.js';

export const RULES_KEY = ['rules'] as const;

/** All rules, ordered by name. */
export function useRules(): UseQueryResult<readonly Rule[]> {
  return useQuery({
    queryKey: RULES_KEY,
    queryFn: ({ signal }): Promise<readonly Rule[]> => dataOf(api.GET('/api/rules', { signal })),
  });
}

/**
 * Whether the key of this tab may change rules: without keys everybody may, with keys only admins. True until the answer
 * is known; the gateway checks every change anyway.
 */
export function useCanEditRules(): boolean {
  const key = useKey();
  const { data = true } = useQuery({
    queryKey: ['can-edit-rules', key],
    enabled: key !== '',
    staleTime: Infinity,
    // A request that only admins may send, and that changes nothing.
    queryFn: async ({ signal }) => {
      try {
        await api.GET('/api/keys', { signal });
        return true;
      } catch (error) {
        if (error instanceof RequestError && error.code === 'ROLE_NOT_ALLOWED') return false;
        throw error;
      }
    },
  });
  return data;
}
