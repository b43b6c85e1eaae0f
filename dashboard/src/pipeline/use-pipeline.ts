import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { api, dataOf, GATEWAY_URL, isAccessError, request } from '../api/client.js';
import type { PipelineStatus } from '../api/schemas.js';
import { useKey } from '../api/key.js';
import { type Sample, Samples } from './samples.js';
import { type SyncTime, SyncTimes } from './sync-times.js';

const STATUS_REFRESH_MS = 1_000;
const METRICS_REFRESH_MS = 3_000;

// Outside the hook, so that the charts keep their data when the view is left and opened again.
const samples = new Samples();
const syncTimes = new SyncTimes();

/** The pipeline's status, loaded each second while the tab is visible, and its last minutes. */
export function usePipeline(): UseQueryResult<PipelineStatus> & { readonly samples: readonly Sample[] } {
  const key = useKey();
  const query = useQuery({
    queryKey: ['pipeline', key],
    queryFn: async ({ signal }) => {
      const status = await dataOf(api.GET('/api/pipeline', { signal }));
      samples.add(status, Date.now());
      return status;
    },
    refetchInterval: ({ state: { error } }) => (isAccessError(error) ? false : STATUS_REFRESH_MS),
    staleTime: 0,
    retry: false,
  });
  return { ...query, samples: samples.all };
}

/** How long syncs of the journal took, over the last minutes. */
export function useSyncTimes(): { readonly times: readonly SyncTime[]; readonly error: Error | null } {
  const key = useKey();
  const { error } = useQuery({
    queryKey: ['metrics', key],
    queryFn: async ({ signal }) => {
      const text = await (await request(`${GATEWAY_URL}/metrics`, { signal })).text();
      syncTimes.add(text, Date.now());
      return syncTimes.all.length;
    },
    refetchInterval: ({ state: { error } }) => (isAccessError(error) ? false : METRICS_REFRESH_MS),
    staleTime: 0,
    retry: false,
  });
  return { times: syncTimes.all, error };
}
