import { type ReactNode, useMemo } from 'react';

import type { Bucket, Rule } from '../api/schemas.js';
import type { BucketLength } from '../chart/bucket-length.js';
import type { ChartEpisode, ChartRange } from '../chart/chart-data.js';
import { Chart } from '../chart/chart.js';
import { toSeries } from '../chart/to-series.js';
import { formatAlike } from '../common/format-alike.js';
import { formatTime, formatValue } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import { EmptyRange } from '../history/empty-range.js';
import type { TimeRange } from '../history/time-range.js';
import { bucketsOf, useHistory } from '../history/use-history.js';
import type { Zoom } from '../history/use-zoom.js';
import { thresholdsOf } from './episodes.js';

interface SensorChartProps {
  readonly sensorId: string;
  readonly timeRange: TimeRange;
  /** The same as times, now. */
  readonly range: ChartRange;
  readonly nowMs: number;
  /** The length of the buckets. */
  readonly length: BucketLength;
  readonly episodes: readonly ChartEpisode[];
  readonly rules: readonly Rule[];
  /** Time of the newest reading, milliseconds since the Unix epoch; undefined while unknown. */
  readonly newestMs: number | undefined;
  readonly zoom: Zoom;
}

/** The history of a sensor at the resolution of the screen, with its episodes. */
export function SensorChart(props: SensorChartProps): ReactNode {
  const { sensorId, timeRange, range, nowMs, length, episodes, rules, newestMs, zoom } = props;
  const { fromMs, toMs } = range;
  const history = useHistory([sensorId], timeRange, length);
  const { isLoading, error } = history;
  const buckets = bucketsOf(history.buckets, sensorId);
  const { everyMs } = length;
  const series = useMemo(
    () => toSeries(buckets, everyMs, toMs - fromMs, nowMs),
    [buckets, everyMs, toMs, fromMs, nowMs],
  );
  const thresholds = useMemo(() => thresholdsOf(rules), [rules]);
  const isEmpty =
    !isLoading && !error && !buckets.some(({ start }) => isWithin(Date.parse(start), everyMs, range));
  return (
    <div className="history-chart sensor-chart" data-every={length.every}>
      <ErrorNotice error={error} />
      {isEmpty && (
        <EmptyRange
          sensorIds={[sensorId]}
          knownMs={newestMs === undefined ? [] : [newestMs]}
          range={range}
          show={(last) => zoom.choose({ kind: 'fixed', ...last })}
        />
      )}
      <Chart
        lines={[{ name: sensorId, series }]}
        range={range}
        episodes={episodes}
        thresholds={thresholds}
        onZoom={(zoomFromMs, zoomToMs) => zoom.zoomTo({ fromMs: zoomFromMs, toMs: zoomToMs })}
        onReset={zoom.reset}
        label={describeChart(sensorId, buckets, range, episodes.length)}
      />
    </div>
  );
}

function isWithin(startMs: number, everyMs: number, { fromMs, toMs }: ChartRange): boolean {
  return startMs + everyMs > fromMs && startMs < toMs;
}

function describeChart(
  sensorId: string,
  buckets: readonly Bucket[],
  { fromMs, toMs }: ChartRange,
  episodes: number,
): string {
  const range = `${formatTime(fromMs)} to ${formatTime(toMs)}`;
  const last = buckets.at(-1);
  if (!last) return `Chart of ${sensorId}, ${range}: no readings`;
  const min = buckets.reduce((least, bucket) => Math.min(least, bucket.min), Infinity);
  const max = buckets.reduce((most, bucket) => Math.max(most, bucket.max), -Infinity);
  const [minText, maxText] = formatAlike([min, max]);
  const values = `from ${minText} to ${maxText}, last value ${formatValue(last.last)}`;
  const found = episodes === 0 ? '' : `, ${episodes} ${episodes === 1 ? 'episode' : 'episodes'}`;
  return `Chart of ${sensorId}, ${range}: ${values}${found}`;
}
