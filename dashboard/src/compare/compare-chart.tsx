import { type ReactNode, useMemo, useRef, useState } from 'react';

import { bucketLengthFor } from '../chart/bucket-length.js';
import type { ChartLine } from '../chart/chart-data.js';
import { Chart } from '../chart/chart.js';
import { ChartCursor } from '../chart/cursor.js';
import { ChartHint } from '../chart/hint.js';
import { toSeries } from '../chart/to-series.js';
import { useNow } from '../common/clock.js';
import { formatTime } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import { EmptyRange } from '../history/empty-range.js';
import { Export } from '../history/export.js';
import { RangeControls } from '../history/range-controls.js';
import { absoluteRange, searchOf } from '../history/time-range.js';
import { useBucketCount } from '../history/use-bucket-count.js';
import { bucketsOf, useHistory } from '../history/use-history.js';
import { useZoom } from '../history/use-zoom.js';
import { type Comparison, linkFor, show } from './compare-location.js';
import { Legend } from './legend.js';
import { ScaleChoice } from './scale-choice.js';

/** Several sensors over the same range, with their legend and their download. */
export function CompareChart({ comparison }: { comparison: Comparison }): ReactNode {
  const { sensorIds, timeRange, hasOwnScales } = comparison;
  const nowMs = useNow();
  const range = absoluteRange(timeRange, nowMs);
  const rangeMs = range.toMs - range.fromMs;
  const card = useRef<HTMLElement>(null);
  const length = bucketLengthFor(rangeMs, useBucketCount(card));
  const { buckets, isLoading, error } = useHistory(sensorIds, timeRange, length);
  const [cursor] = useState(() => new ChartCursor());
  const zoom = useZoom(timeRange, (next) => show({ ...comparison, timeRange: next }));
  const { everyMs } = length;
  const lines = useMemo(
    () =>
      sensorIds.map((name): ChartLine => {
        return { name, series: toSeries(bucketsOf(buckets, name), everyMs, rangeMs, nowMs) };
      }),
    [sensorIds, buckets, everyMs, rangeMs, nowMs],
  );
  const isEmpty =
    !isLoading && !error && lines.every(({ series }) => series.timesS.length === 0 && !series.unfinished);
  const search = searchOf(timeRange);
  for (const sensorId of sensorIds) search.append('sensorId', sensorId.replaceAll(',', '\\,'));
  return (
    <>
      <section ref={card} className="card padded history-card" aria-label="History">
        <div className="row spread history-tools">
          <RangeControls timeRange={timeRange} range={range} zoom={zoom} />
        </div>
        <div className="history-chart" data-every={length.every}>
          <ErrorNotice error={error} />
          {isEmpty && (
            <EmptyRange
              sensorIds={sensorIds}
              knownMs={[]}
              range={range}
              show={(last) => zoom.choose({ kind: 'fixed', ...last })}
            />
          )}
          <Chart
            lines={lines}
            range={range}
            hasOwnScales={hasOwnScales && lines.length > 1}
            onZoom={(fromMs, toMs) => zoom.zoomTo({ fromMs, toMs })}
            onReset={zoom.reset}
            cursor={cursor}
            label={`Chart of ${sensorIds.join(', ')}, ${formatTime(range.fromMs)} to ${formatTime(range.toMs)}; the values are in the table below`}
          />
        </div>
        {lines.length > 1 && (
          <ScaleChoice
            lines={lines}
            hasOwnScales={hasOwnScales}
            onChange={(isOwn) => show({ ...comparison, hasOwnScales: isOwn })}
          />
        )}
        <Legend
          lines={lines}
          cursor={cursor}
          linkWithout={(removed) =>
            linkFor({ ...comparison, sensorIds: sensorIds.filter((sensorId) => sensorId !== removed) })
          }
        />
        <ChartHint>Lines are means.</ChartHint>
      </section>
      <Export name="comparison" path="/api/readings" search={search} every={length.every} />
    </>
  );
}
