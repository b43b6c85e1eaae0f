import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { GATEWAY_URL, request } from '../api/client.js';
import type { StoredReading } from '../api/schemas.js';
import { nextPageUrl } from '../api/next-page.js';
import { formatMeasured, formatTime, formatValue } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';

const PAGE_SIZE = 200;

/** All readings of a range, oldest first, page by page. */
export function ReadingsTable({ path, search }: { path: string; search: URLSearchParams }): ReactNode {
  const first = `${GATEWAY_URL}${path}?${search.toString()}&limit=${PAGE_SIZE}`;
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: ['readings', first],
    initialPageParam: first,
    queryFn: async ({ pageParam }) => {
      const response = await request(pageParam);
      const readings = (await response.json()) as StoredReading[];
      return { readings, next: nextPageUrl(response, pageParam) };
    },
    getNextPageParam: ({ next }) => next,
  });
  const readings = data?.pages.flatMap((page) => page.readings) ?? [];
  return (
    <div className="stack">
      <ErrorNotice error={error} />
      <div className="scroll readings-table" tabIndex={0} role="region" aria-label="Readings">
        <table>
          <thead>
            <tr>
              <th>Timestamp</th>
              <th className="number">Value</th>
              <th className="number">Latency</th>
              <th>Zone</th>
            </tr>
          </thead>
          <tbody>
            {readings.map(({ timestamp, value, latencyMs, zone }) => (
              <tr key={`${timestamp} ${zone}`}>
                <td title={timestamp}>{formatTime(Date.parse(timestamp))}</td>
                <td className="number">{formatValue(value)}</td>
                <td className="number">{latencyMs === undefined ? '–' : formatMeasured(latencyMs)}</td>
                <td>{zone}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="row">
        {hasNextPage && (
          <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
            Show more
          </button>
        )}
        <span className="muted" role="status">
          {isFetching ? 'Loading …' : `${readings.length} readings${hasNextPage ? ', and more' : ''}`}
        </span>
      </div>
    </div>
  );
}
