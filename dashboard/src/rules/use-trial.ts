import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, dataOf, RequestError } from '../api/client.js';
import type { NewRule, SystemEvent } from '../api/schemas.js';

/** Pause in typing after which the rule is tried. */
const DEBOUNCE_MS = 350;
/** Retries while the gateway is busy with other trials. */
const BUSY_RETRY_MS = 1_000;
const BUSY_ATTEMPTS = 15;
/** The name and id of the rule in a trial; the name is removed from the messages. */
const NAME = 'preview';

export interface TrialRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The events that a rule would have made from a part of a sensor's history. */
export interface Trial {
  /** Oldest first; undefined before the first trial. */
  readonly events: readonly SystemEvent[] | undefined;
  /** Whether a newer result is on its way. */
  readonly isRunning: boolean;
  /** Whether the gateway is busy with other trials. */
  readonly isWaiting: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** Tries a rule after each pause in typing. Outdated trials are cancelled, here and in the gateway. */
export function useTrial(rule: NewRule | undefined, sensorId: string, range: TrialRange): Trial {
  const { fromMs, toMs } = range;
  // The name of a rule does not change its events.
  const wanted = rule && sensorId ? JSON.stringify([sensorId, { ...rule, name: NAME }]) : '';
  const debounced = useDebounced(wanted);
  const query = useQuery({
    queryKey: ['trial', fromMs, toMs, debounced],
    enabled: debounced !== '',
    staleTime: Infinity,
    queryFn: ({ signal }) => tryRule(...(JSON.parse(debounced) as [string, NewRule]), range, signal),
    retry: (failures, error) => isBusy(error) && failures < BUSY_ATTEMPTS,
    retryDelay: BUSY_RETRY_MS,
    // Keeps the last result for the same history until the new one arrives.
    placeholderData: (before, query) =>
      query?.queryKey[1] === fromMs && query.queryKey[2] === toMs ? before : undefined,
  });
  const { data, error, isFetching, failureReason, refetch } = query;
  const isCurrent = debounced === wanted;
  return {
    events: debounced === '' || data?.sensorId !== sensorId ? undefined : data.events,
    isRunning: wanted !== '' && (!isCurrent || isFetching),
    isWaiting: isFetching && isBusy(failureReason),
    error: isCurrent && !isFetching ? error : null,
    retry: () => void refetch(),
  };
}

interface TrialEvents {
  readonly sensorId: string;
  readonly events: readonly SystemEvent[];
}

async function tryRule(
  sensorId: string,
  rule: NewRule,
  { fromMs, toMs }: TrialRange,
  signal: AbortSignal,
): Promise<TrialEvents> {
  const [from, to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
  const events = await dataOf(api.POST('/api/rules/try', { body: { rule, sensorId, from, to }, signal }));
  return {
    sensorId,
    events: events.map((event) => ({
      ...event,
      message: event.message.replace(` (${NAME})`, ''),
      ruleId: NAME,
    })),
  };
}

function isBusy(error: Error | null): boolean {
  return error instanceof RequestError && error.code === 'TOO_BUSY';
}

function useDebounced(text: string): string {
  const [debounced, setDebounced] = useState(text);
  useEffect(() => {
    if (text === debounced) return;
    const timer = setTimeout(() => setDebounced(text), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text, debounced]);
  return debounced;
}
