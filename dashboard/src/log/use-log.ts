import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';

import type { SystemEvent } from '../api/client.js';
import { nowMs } from '../common/clock.js';
import { batchByFrame } from '../common/frame-batch.js';
import { live } from '../live/live.js';
import { mergeEvents } from './log-rows.js';
import { fits, type LogFilter } from './log-filter.js';
import { loadPage, type LogPage } from './log-pages.js';

/** What is asked for after a gap in the stream: as much as one answer may hold. */
const AFTER_GAP = 1_000;
/** Entries that wait for a reader who is further down; beyond it the log is loaded anew. */
const MAX_HELD = 5_000;
/** Entries that came live and are kept. */
const MAX_FRESH = 5_000;

/** The part of the log that a filter leaves, as far as it was loaded, and what has come since. */
export interface Log {
  readonly entries: readonly SystemEvent[];
  /** Entries that came while the reader was further down, and are not shown yet. */
  readonly held: number;
  /** Shows them. */
  readonly showHeld: () => void;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly error: Error | null;
  readonly retry: () => void;
}

interface Fresh {
  readonly shown: readonly SystemEvent[];
  readonly held: readonly SystemEvent[];
}
const NOTHING: Fresh = { shown: [], held: [] };

/** @param isReading whether the reader is at a place of the log that must not move; the same function each time */
export function useLog(filter: LogFilter, isReading: () => boolean): Log {
  const queries = useQueryClient();
  const queryKey = useMemo(() => ['log', filter] as const, [filter]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }): Promise<LogPage> => loadPage(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    // The stream keeps up what was loaded, as long as somebody looks.
    staleTime: Infinity,
    gcTime: 0,
  });
  const [fresh, setFresh] = useState<Fresh>(NOTHING);

  const take = useCallback(
    (news: readonly SystemEvent[]) => {
      const fitting = news.filter((entry) => fits(filter, entry, nowMs()));
      if (fitting.length === 0) return;
      setFresh(({ shown, held }) => {
        if (!isReading()) return { shown: fitting.concat(held, shown), held: [] };
        return { shown, held: fitting.concat(held).slice(0, MAX_HELD) };
      });
    },
    [filter, isReading],
  );

  useEffect(() => {
    setFresh(NOTHING);
    const afterGap = new AbortController();
    const batch = batchByFrame((entries: readonly SystemEvent[]) => take(entries.toReversed()));
    const stops = [
      batch.stop,
      live.onLog(batch.add),
      live.onReset(() => {
        loadPage(filter, undefined, afterGap.signal, AFTER_GAP)
          .then(({ entries }) => take(entries))
          // The connection's state tells, and a reset comes again.
          .catch(() => undefined);
      }),
    ];
    return () => {
      afterGap.abort();
      for (const stop of stops) stop();
    };
  }, [filter, take]);

  // A page that is open for weeks holds no more than one that was opened now.
  const isFull = fresh.shown.length > MAX_FRESH;
  useEffect(() => {
    if (!isFull || isReading()) return;
    setFresh(NOTHING);
    void queries.resetQueries({ queryKey });
  }, [isFull, isReading, queries, queryKey]);

  const { data, hasNextPage, isFetchingNextPage, isPending, error, fetchNextPage, refetch } = query;
  const loaded = useMemo(() => data?.pages.flatMap(({ entries }) => entries) ?? [], [data]);
  const entries = useMemo(
    () => mergeEvents(loaded, fresh.shown, !hasNextPage),
    [loaded, fresh.shown, hasNextPage],
  );
  const held = useMemo(() => {
    if (fresh.held.length === 0) return 0;
    const known = new Set(entries.map(({ id }) => id));
    return new Set(fresh.held.map(({ id }) => id).filter((id) => !known.has(id))).size;
  }, [entries, fresh.held]);

  return {
    entries,
    held,
    showHeld: () => {
      if (fresh.held.length >= MAX_HELD) void queries.resetQueries({ queryKey });
      setFresh({ shown: fresh.held.concat(fresh.shown), held: [] });
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
