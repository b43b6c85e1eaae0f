import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { api, dataOf, RequestError, type Rule } from '../api/client.js';
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
 * Whether the key of this tab may change rules: without keys everybody may, with them admins. Until it is known it is
 * said to be so; the gateway refuses what must not be, whatever is shown.
 */
export function useCanEditRules(): boolean {
  const key = useKey();
  const { data = true } = useQuery({
    queryKey: ['may-change', key],
    enabled: key !== '',
    staleTime: Infinity,
    // Of what only admins may, this changes nothing.
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
