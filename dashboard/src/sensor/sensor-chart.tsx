import { type ReactNode, useMemo } from 'react';

import type { Rule } from '../api/client.js';
import type { BucketLength } from '../chart/bucket-length.js';
import { Chart } from '../chart/chart.js';
import type { ChartRange } from '../chart/chart-data.js';
import { toSeries } from '../chart/to-series.js';
import { useNow } from '../common/clock.js';
import { formatTime, formatValue } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import type { Bucket, SystemEvent } from '../api/client.js';
import { absoluteRange, type TimeRange } from './time-range.js';
import { spansOf, thresholdsOf } from './use-events.js';
import { useHistory } from './use-history.js';

interface SensorChartProps {
  readonly sensorId: string;
  readonly shown: TimeRange;
  /** How long the buckets are. */
  readonly length: BucketLength;
  readonly entries: readonly SystemEvent[];
  readonly rules: readonly Rule[];
  /** Rules that hold the sensor critical now. */
  readonly critical: ReadonlySet<string>;
  readonly onZoom: (range: ChartRange) => void;
}

/** A sensor's history at the resolution of the screen, with what was said of it. */
export function SensorChart(props: SensorChartProps): ReactNode {
  const { sensorId, shown, length, entries, rules, critical, onZoom } = props;
  const nowMs = useNow();
  const { fromMs, toMs } = absoluteRange(shown, nowMs);
  const { buckets, isLoading, error } = useHistory(sensorId, shown, length);
  const { everyMs } = length;
  const rangeMs = toMs - fromMs;
  const series = useMemo(() => toSeries(buckets, everyMs, rangeMs), [buckets, everyMs, rangeMs]);
  const thresholds = useMemo(() => thresholdsOf(rules), [rules]);
  const marks = useMemo(() => {
    const said = entries.map(({ time, type, message }) => ({
      timeMs: Date.parse(time),
      type,
      label: message,
    }));
    return said.reverse();
  }, [entries]);
  const spans = useMemo(
    () => spansOf({ entries, rules, critical }, { fromMs, toMs }),
    [entries, rules, critical, fromMs, toMs],
  );
  const isEmpty = !isLoading && !error && !buckets.some(({ start }) => Date.parse(start) + everyMs > fromMs);
  return (
    <div className="sensor-chart" data-every={length.every}>
      <ErrorNotice error={error} />
      {isEmpty && <p className="muted sensor-chart-empty">Nothing was measured in this range.</p>}
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
  if (!last) return `Chart of ${sensorId}, ${range}: nothing was measured`;
  const min = buckets.reduce((least, bucket) => Math.min(least, bucket.min), Infinity);
  const max = buckets.reduce((most, bucket) => Math.max(most, bucket.max), -Infinity);
  return `Chart of ${sensorId}, ${range}: from ${formatValue(min)} to ${formatValue(max)}, at last ${formatValue(last.last)}`;
}
