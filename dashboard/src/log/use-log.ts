import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';

import type { SystemEvent } from '../api/schemas.js';
import { nowMs } from '../common/clock.js';
import { batchByFrame } from '../common/frame-batch.js';
import { live } from '../live/live.js';
import { type LogFilter, matches } from './log-filter.js';
import { loadPage, type LogPage } from './log-pages.js';
import { mergeEvents } from './log-rows.js';

/** Events loaded after a gap in the stream: the most that one response can hold. */
const AFTER_GAP = 1_000;
/** Events that wait while the user has scrolled down; with more, the log is loaded again. */
const MAX_PENDING = 5_000;
/** Events from the stream kept in memory. */
const MAX_RECEIVED = 5_000;

/** The events that match a filter: loaded pages, and what the stream has brought since. */
export interface Log {
  readonly events: readonly SystemEvent[];
  /** Number of events that came while the user had scrolled down, and are not shown yet. */
  readonly pending: number;
  /** Shows the pending events. */
  readonly showPending: () => void;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly error: Error | null;
  readonly retry: () => void;
}

interface Received {
  readonly shown: readonly SystemEvent[];
  readonly pending: readonly SystemEvent[];
  /** When the first of them came, by the earliest time that the gateway's clock showed, which may be set back. */
  readonly sinceMs: number;
}
const NOTHING: Received = { shown: [], pending: [], sinceMs: Infinity };

/** @param isScrolled whether the user has scrolled down, so that the list must not move; always the same function */
export function useLog(filter: LogFilter, isScrolled: () => boolean): Log {
  const queries = useQueryClient();
  const queryKey = useMemo(() => ['log', filter] as const, [filter]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }): Promise<LogPage> => loadPage(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    // The stream keeps the log current while the view is open.
    staleTime: Infinity,
    gcTime: 0,
  });
  const [received, setReceived] = useState<Received>(NOTHING);

  const add = useCallback(
    (newEvents: readonly SystemEvent[]) => {
      const matching = newEvents.filter((event) => matches(filter, event, nowMs()));
      if (matching.length === 0) return;
      setReceived(({ shown, pending, sinceMs: beforeMs }) => {
        const sinceMs = Math.min(beforeMs, nowMs());
        if (!isScrolled()) return { shown: matching.concat(pending, shown), pending: [], sinceMs };
        return { shown, pending: matching.concat(pending).slice(0, MAX_PENDING), sinceMs };
      });
    },
    [filter, isScrolled],
  );

  useEffect(() => {
    setReceived(NOTHING);
    const afterGap = new AbortController();
    const batch = batchByFrame((events: readonly SystemEvent[]) => add(events.toReversed()));
    const stops = [
      batch.stop,
      live.onEvent(batch.add),
      live.onReset(() => {
        loadPage(filter, undefined, afterGap.signal, AFTER_GAP)
          .then(({ events }) => add(events))
          // The connection status shows the failure, and the next reset tries again.
          .catch(() => undefined);
      }),
    ];
    return () => {
      afterGap.abort();
      for (const stop of stops) stop();
    };
  }, [filter, add]);

  // Limits memory when the page stays open for weeks.
  const isFull = received.shown.length > MAX_RECEIVED;
  useEffect(() => {
    if (!isFull || isScrolled()) return;
    setReceived(NOTHING);
    void queries.resetQueries({ queryKey });
  }, [isFull, isScrolled, queries, queryKey]);

  const { data, hasNextPage, isFetchingNextPage, isPending, error, fetchNextPage, refetch } = query;
  const loaded = useMemo(() => data?.pages.flatMap(({ events }) => events) ?? [], [data]);
  const events = useMemo(
    () => mergeEvents(loaded, received.shown, received.sinceMs, !hasNextPage),
    [loaded, received.shown, received.sinceMs, hasNextPage],
  );
  const pending = useMemo(() => {
    if (received.pending.length === 0) return 0;
    const known = new Set(events.map(({ id }) => id));
    return new Set(received.pending.map(({ id }) => id).filter((id) => !known.has(id))).size;
  }, [events, received.pending]);

  return {
    events,
    pending,
    showPending: () => {
      if (received.pending.length >= MAX_PENDING) void queries.resetQueries({ queryKey });
      setReceived({ ...received, shown: received.pending.concat(received.shown), pending: [] });
    },
    isLoading: isPending,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    loadMore: () => {
      if (!isFetchingNextPage) void fetchNextPage();
    },
    error,
    retry: () => void (loaded.length > 0 ? fetchNextPage() : refetch()),
  };
}
