import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { formatCount } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { ErrorNotice } from '../components/error-notice.js';
import { EMPTY_FILTER, type LogFilter, queryOf } from './log-filter.js';
import { LogRowView } from './log-row.js';
import { groupByDay, type LogRow } from './log-rows.js';
import { type Log, useLog } from './use-log.js';

/** An estimate; each row is measured once it is rendered. */
const ROW_HEIGHT = 45;
/** More events are loaded at this distance from the end. */
const NEAR_PX = 800;

/** Events by day. Only visible rows are in the DOM. */
export function LogList({ filter }: { filter: LogFilter }): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const isScrolled = useCallback(() => (list.current?.getBoundingClientRect().top ?? 0) < 0, []);
  const log = useLog(filter, isScrolled);
  const { events, pending } = log;
  const rows = useMemo(() => groupByDay(events), [events]);
  const top = useListTop(list);
  const currentDay = useRef(0);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: top,
    // The heading of the current day stays visible, however long the day is.
    rangeExtractor: (range) => {
      currentDay.current = dayOf(rows, range);
      return [...new Set([currentDay.current, ...defaultRangeExtractor(range)])];
    },
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === 'event' ? row.event.id : (row?.day ?? index);
    },
  });
  const show = (): void => {
    log.showPending();
    window.scrollTo(0, 0);
  };
  useShowPendingAtTop(pending > 0, isScrolled, log.showPending);
  return (
    <section aria-label="Events" className="stack log" aria-busy={log.isLoading}>
      <div className="log-pending" role="status">
        {pending > 0 && (
          <button type="button" className="primary" onClick={show}>
            {pending === 1 ? '1 new event' : `${formatCount(pending)} new events`}
          </button>
        )}
      </div>
      <div ref={list} className={rows.length > 0 ? 'card' : undefined}>
        <div className="log-rows" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ key, index, start }) => {
            const row = rows[index];
            return (
              row && (
                <div
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  className={index === currentDay.current ? 'log-place is-stuck' : 'log-place'}
                  style={index === currentDay.current ? {} : { transform: `translateY(${start - top}px)` }}
                >
                  <LogRowView row={row} filter={filter} />
                </div>
              )
            );
          })}
        </div>
      </div>
      <ListEnd log={log} filter={filter} />
    </section>
  );
}

/** The index of the heading for the first visible row. */
function dayOf(rows: readonly LogRow[], { startIndex }: Range): number {
  for (let index = startIndex; index > 0; index -= 1) if (rows[index]?.kind === 'day') return index;
  return 0;
}

/** What follows the last event: a button for more, the end, an error, or a message for an empty log. */
function ListEnd({ log, filter }: { log: Log; filter: LogFilter }): ReactNode {
  const { events, isLoading, isLoadingMore, hasMore, error, loadMore, retry } = log;
  const endRef = useLoadNear(hasMore && !isLoadingMore && !error, events.length, loadMore);
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
  if (events.length === 0) return <EmptyLog filter={filter} />;
  return (
    <div ref={endRef} className="row log-end">
      {hasMore ? (
        <button type="button" aria-disabled={isLoadingMore} onClick={loadMore}>
          {isLoadingMore ? 'Loading …' : 'Show more'}
        </button>
      ) : (
        <p className="muted">
          {events.length === 1
            ? 'End of the log: 1 event.'
            : `End of the log: ${formatCount(events.length)} events.`}
        </p>
      )}
    </div>
  );
}

function EmptyLog({ filter }: { filter: LogFilter }): ReactNode {
  const isFiltered = Object.values(queryOf(filter)).some((value) => value !== '');
  return (
    <div className="card padded stack">
      <p>
        {isFiltered ? 'No events match these filters.' : 'No events yet.'} New events appear here at once.
      </p>
      {isFiltered ? (
        <p>
          <a href={linkTo(['log'], queryOf(EMPTY_FILTER))}>Show the whole log</a>
        </p>
      ) : (
        <p className="muted">
          Events come from <a href={linkTo(['rules'])}>rules</a>, and from the gateway about itself.
        </p>
      )}
    </div>
  );
}

/** Distance of the list from the top of the page. */
function useListTop(list: React.RefObject<HTMLDivElement | null>): number {
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

/** Shows the pending events once the user has scrolled to the top. */
function useShowPendingAtTop(isPending: boolean, isScrolled: () => boolean, showPending: () => void): void {
  useEffect(() => {
    if (!isPending) return;
    const onScroll = (): void => {
      if (!isScrolled()) showPending();
    };
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, [isPending, isScrolled, showPending]);
}

/** Calls `loadMore` when the returned element comes near. @param count number of loaded events: a change checks again */
function useLoadNear(
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
    // After a short page the end may still be near.
  }, [isWanted, count, loadMore]);
  return end;
}
