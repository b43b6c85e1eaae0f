import { type ReactNode, useMemo } from 'react';

import type { Rule } from '../api/client.js';
import type { Bucket, SystemEvent } from '../api/client.js';
import type { BucketLength } from '../chart/bucket-length.js';
import type { ChartRange } from '../chart/chart-data.js';
import { Chart } from '../chart/chart.js';
import { toSeries } from '../chart/to-series.js';
import { useNow } from '../common/clock.js';
import { formatTime, formatValue } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import { spansOf, thresholdsOf } from './chart-overlays.js';
import { absoluteRange, type TimeRange } from './time-range.js';
import { useHistory } from './use-history.js';

interface SensorChartProps {
  readonly sensorId: string;
  readonly timeRange: TimeRange;
  /** The length of the buckets. */
  readonly length: BucketLength;
  readonly events: readonly SystemEvent[];
  readonly rules: readonly Rule[];
  /** The rules for which the sensor is critical now, and since when. */
  readonly activeRules: ReadonlyMap<string, number>;
  readonly onZoom: (range: ChartRange) => void;
}

/** The history of a sensor at the resolution of the screen, with its events. */
export function SensorChart(props: SensorChartProps): ReactNode {
  const { sensorId, timeRange, length, events, rules, activeRules, onZoom } = props;
  const nowMs = useNow();
  const { fromMs, toMs } = absoluteRange(timeRange, nowMs);
  const { buckets, isLoading, error } = useHistory(sensorId, timeRange, length);
  const { everyMs } = length;
  const rangeMs = toMs - fromMs;
  const series = useMemo(() => toSeries(buckets, everyMs, rangeMs), [buckets, everyMs, rangeMs]);
  const thresholds = useMemo(() => thresholdsOf(rules), [rules]);
  const marks = useMemo(() => {
    const all = events.map(({ time, type, message }) => ({
      timeMs: Date.parse(time),
      type,
      label: message,
    }));
    return all.reverse();
  }, [events]);
  const spans = useMemo(
    () => spansOf({ events, rules, activeRules }, { fromMs, toMs }),
    [events, rules, activeRules, fromMs, toMs],
  );
  const isEmpty = !isLoading && !error && !buckets.some(({ start }) => Date.parse(start) + everyMs > fromMs);
  return (
    <div className="sensor-chart" data-every={length.every}>
      <ErrorNotice error={error} />
      {isEmpty && <p className="muted sensor-chart-empty">No readings in this range.</p>}
      <Chart
        series={series}
        range={{ fromMs, toMs }}
        marks={marks}
        spans={spans}
        thresholds={thresholds}
        onZoom={(zoomFromMs, zoomToMs) => onZoom({ fromMs: zoomFromMs, toMs: zoomToMs })}
        label={describeChart(sensorId, buckets, { fromMs, toMs })}
      />
    </div>
  );
}

function describeChart(sensorId: string, buckets: readonly Bucket[], { fromMs, toMs }: ChartRange): string {
  const range = `${formatTime(fromMs)} to ${formatTime(toMs)}`;
  const last = buckets.at(-1);
  if (!last) return `Chart of ${sensorId}, ${range}: no readings`;
  const min = buckets.reduce((least, bucket) => Math.min(least, bucket.min), Infinity);
  const max = buckets.reduce((most, bucket) => Math.max(most, bucket.max), -Infinity);
  return `Chart of ${sensorId}, ${range}: from ${formatValue(min)} to ${formatValue(max)}, last value ${formatValue(last.last)}`;
}
