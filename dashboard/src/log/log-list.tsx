import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { linkTo } from '../common/location.js';
import { formatCount } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import { groupByDay, type LogRow } from './log-rows.js';
import { LogRowView } from './log-row.js';
import { type LogFilter, EMPTY_FILTER, queryOf } from './log-filter.js';
import { type Log, useLog } from './use-log.js';

/** A first guess; each row is measured once it is there. */
const ROW_HEIGHT = 45;
/** More is loaded when the end is so near. */
const NEAR_PX = 800;

/** Entries by days; only those in view exist, however many were loaded. */
export function LogList({ filter }: { filter: LogFilter }): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const isReading = useCallback(() => (list.current?.getBoundingClientRect().top ?? 0) < 0, []);
  const log = useLog(filter, isReading);
  const { entries, held } = log;
  const rows = useMemo(() => groupByDay(entries), [entries]);
  const top = useTop(list);
  const stuck = useRef(0);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: top,
    // The heading of the day that is looked at stays in sight, however long the day is.
    rangeExtractor: (range) => {
      stuck.current = dayOf(rows, range);
      return [...new Set([stuck.current, ...defaultRangeExtractor(range)])];
    },
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === 'entry' ? row.entry.id : (row?.day ?? index);
    },
  });
  const show = (): void => {
    log.showHeld();
    window.scrollTo(0, 0);
  };
  useReturn(held > 0, isReading, log.showHeld);
  return (
    <section aria-label="Entries" className="stack log" aria-busy={log.isLoading}>
      <div className="log-news" role="status">
        {held > 0 && (
          <button type="button" className="primary" onClick={show}>
            {held === 1 ? '1 new entry' : `${formatCount(held)} new entries`}
          </button>
        )}
      </div>
      <div ref={list} className={rows.length > 0 ? 'card' : undefined}>
        <div className="log-rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const row = rows[index];
            return (
              row && (
                <div
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  className={index === stuck.current ? 'log-place is-stuck' : 'log-place'}
                  style={index === stuck.current ? {} : { transform: `translateY(${start - top}px)` }}
                >
                  <LogRowView row={row} filter={filter} />
                </div>
              )
            );
          })}
        </div>
      </div>
      <End log={log} filter={filter} />
    </section>
  );
}

/** Where the heading of the first row in view is. */
function dayOf(rows: readonly LogRow[], { startIndex }: Range): number {
  for (let index = startIndex; index > 0; index -= 1) if (rows[index]?.kind === 'day') return index;
  return 0;
}

/** What follows the last entry: more of them, the end, what went wrong, or that there is nothing. */
function End({ log, filter }: { log: Log; filter: LogFilter }): ReactNode {
  const { entries, isLoading, isLoadingMore, hasMore, error, loadMore, retry } = log;
  const isNear = useNear(hasMore && !isLoadingMore && !error, entries.length, loadMore);
  if (error)
    return (
      <div className="stack">
        <ErrorNotice error={error} />
        <div className="row">
          <button type="button" onClick={retry}>
            Try again
          </button>
        </div>
      </div>
    );
  if (isLoading) return <p className="muted padded">Loading …</p>;
  if (entries.length === 0) return <Nothing filter={filter} />;
  return (
    <div ref={isNear} className="row log-end">
      {hasMore ? (
        <button type="button" aria-disabled={isLoadingMore} onClick={loadMore}>
          {isLoadingMore ? 'Loading …' : 'Show more'}
        </button>
      ) : (
        <p className="muted">
          {entries.length === 1
            ? 'That is all: 1 entry.'
            : `That is all: ${formatCount(entries.length)} entries.`}
        </p>
      )}
    </div>
  );
}

function Nothing({ filter }: { filter: LogFilter }): ReactNode {
  const isNarrowed = Object.values(queryOf(filter)).some((value) => value !== '');
  return (
    <div className="card padded stack">
      <p>
        {isNarrowed ? 'Nothing in the log fits.' : 'Nothing was written yet.'} What comes shows here at once.
      </p>
      {isNarrowed ? (
        <p>
          <a href={linkTo(['log'], queryOf(EMPTY_FILTER))}>Show the whole log</a>
        </p>
      ) : (
        <p className="muted">
          Entries are made by <a href={linkTo(['rules'])}>rules</a>, and by the gateway about itself.
        </p>
      )}
    </div>
  );
}

/** Where on the page the list begins. */
function useTop(list: React.RefObject<HTMLDivElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = (): void => setTop(element.getBoundingClientRect().top + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);
  return top;
}

/** Shows what was held back once the reader is at the top again. */
function useReturn(isHeld: boolean, isReading: () => boolean, showHeld: () => void): void {
  useEffect(() => {
    if (!isHeld) return;
    const look = (): void => {
      if (!isReading()) showHeld();
    };
    window.addEventListener('scroll', look, { passive: true });
    return () => window.removeEventListener('scroll', look);
  }, [isHeld, isReading, showHeld]);
}

/** Calls `loadMore` when the element comes near to the view. @param count how much was loaded: it looks again then */
function useNear(
  isWanted: boolean,
  count: number,
  loadMore: () => void,
): React.RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (!element || !isWanted) return;
    const observer = new IntersectionObserver(
      ([seen]) => {
        if (seen?.isIntersecting) loadMore();
      },
      { rootMargin: `${NEAR_PX}px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
    // The same end may stay near after a page that was short.
  }, [isWanted, count, loadMore]);
  return end;
}
