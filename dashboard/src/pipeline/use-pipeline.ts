import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { api, ask, dataOf, GATEWAY_URL, isAccessError, type PipelineStatus } from '../api/client.js';
import { useKey } from '../api/key.js';
import { type Sample, Samples } from './samples.js';
import { type SyncTime, SyncTimes } from './sync-times.js';

const STATUS_EVERY_MS = 1_000;
const METRICS_EVERY_MS = 3_000;

// They outlive the view: whoever comes back sees what was drawn before.
const samples = new Samples();
const syncTimes = new SyncTimes();

/** The pipeline's status each second while the tab is seen, and the last minutes of it. */
export function usePipeline(): UseQueryResult<PipelineStatus> & { readonly samples: readonly Sample[] } {
  const key = useKey();
  const query = useQuery({
    queryKey: ['pipeline', key],
    queryFn: async ({ signal }) => {
      const status = await dataOf(api.GET('/api/pipeline', { signal }));
      samples.take(status, Date.now());
      return status;
    },
    refetchInterval: ({ state: { error } }) => (isAccessError(error) ? false : STATUS_EVERY_MS),
    staleTime: 0,
    retry: false,
  });
  return { ...query, samples: samples.all };
}

/** How long the disk took to sync, over the last minutes. */
export function useSyncTimes(): { readonly times: readonly SyncTime[]; readonly error: Error | null } {
  const key = useKey();
  const { error } = useQuery({
    queryKey: ['metrics', key],
    queryFn: async ({ signal }) => {
      const text = await (await ask(`${GATEWAY_URL}/metrics`, { signal })).text();
      syncTimes.take(text, Date.now());
      return syncTimes.all.length;
    },
    refetchInterval: ({ state: { error } }) => (isAccessError(error) ? false : METRICS_EVERY_MS),
    staleTime: 0,
    retry: false,
  });
  return { times: syncTimes.all, error };
}
