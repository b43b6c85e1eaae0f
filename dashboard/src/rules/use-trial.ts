import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, dataOf, type SystemEvent, type NewRule, RequestError } from '../api/client.js';

/** A rule is tried once typing has rested for so long. */
const REST_MS = 350;
/** While others try rules: again so often, for so long. */
const BUSY_AGAIN_MS = 1_000;
const BUSY_ATTEMPTS = 15;
/** Stands in the messages of a trial, and is taken off them. */
const NAME = 'preview';

export interface TrialRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a rule would have said of a part of a sensor's history. */
export interface Trial {
  /** Oldest first; undefined before it was tried. */
  readonly entries: readonly SystemEvent[] | undefined;
  /** Whether what is shown is of what is typed, and whole. */
  readonly isRunning: boolean;
  /** Why it takes longer: others try rules. */
  readonly isWaiting: boolean;
  readonly error: Error | null;
  readonly again: () => void;
}

/** Tries a rule whenever it rests; what is out of date is given up, here and by the gateway. */
export function useTrial(rule: NewRule | undefined, sensorId: string, range: TrialRange): Trial {
  const { fromMs, toMs } = range;
  // What a rule is called changes nothing of what it says.
  const wanted = rule && sensorId ? JSON.stringify([sensorId, { ...rule, name: NAME }]) : '';
  const rested = useDebounced(wanted);
  const query = useQuery({
    queryKey: ['trial', fromMs, toMs, rested],
    enabled: rested !== '',
    staleTime: Infinity,
    queryFn: ({ signal }) => tryOut(...(JSON.parse(rested) as [string, NewRule]), range, signal),
    retry: (failures, error) => isBusy(error) && failures < BUSY_ATTEMPTS,
    retryDelay: BUSY_AGAIN_MS,
    // Until the new answer is there the old one of the same history stands.
    placeholderData: (before, query) =>
      query?.queryKey[1] === fromMs && query.queryKey[2] === toMs ? before : undefined,
  });
  const { data, error, isFetching, failureReason, refetch } = query;
  const isCurrent = rested === wanted;
  return {
    entries: rested === '' || data?.sensorId !== sensorId ? undefined : data.entries,
    isRunning: wanted !== '' && (!isCurrent || isFetching),
    isWaiting: isFetching && isBusy(failureReason),
    error: isCurrent && !isFetching ? error : null,
    again: () => void refetch(),
  };
}

interface TriedOut {
  readonly sensorId: string;
  readonly entries: readonly SystemEvent[];
}

async function tryOut(
  sensorId: string,
  rule: NewRule,
  { fromMs, toMs }: TrialRange,
  signal: AbortSignal,
): Promise<TriedOut> {
  const [from, to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
  const entries = await dataOf(api.POST('/api/rules/try', { body: { rule, sensorId, from, to }, signal }));
  return {
    sensorId,
    entries: entries.map((entry) => ({ ...entry, message: entry.message.replace(` (${NAME})`, '') })),
  };
}

function isBusy(error: Error | null): boolean {
  return error instanceof RequestError && error.code === 'TOO_BUSY';
}

function useDebounced(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    if (text === rested) return;
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text, rested]);
  return rested;
}
