import { type ReactNode, useMemo, useState } from 'react';

import type { LatencyBucket } from '../api/schemas.js';
import { bucketLengthFor } from '../chart/bucket-length.js';
import type { ChartLine, ChartRange } from '../chart/chart-data.js';
import { Chart } from '../chart/chart.js';
import { LineSample } from '../chart/line-sample.js';
import { toSeries } from '../chart/to-series.js';
import { formatMeasured } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import type { TimeRange } from '../history/time-range.js';
import { useLatency } from './use-latency.js';

/** A bucket holds enough readings for percentiles to say something. */
const POINTS = 120;
/** The gateway counts no longer delays, such as those of an imported file. */
const MAX_DELAY_MS = 2 ** 31 - 1;
const PERCENTILES = ['p50', 'p95'] as const;

interface LatencySectionProps {
  readonly sensorId: string;
  readonly timeRange: TimeRange;
  readonly range: ChartRange;
  readonly nowMs: number;
  /** The usual time from a measurement until the gateway accepts it; undefined while unknown. */
  readonly delayMs: number | undefined;
}

/** The latency that readings carry, over time, and how long they take to arrive. */
export function LatencySection({
  sensorId,
  timeRange,
  range,
  nowMs,
  delayMs,
}: LatencySectionProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const rangeMs = range.toMs - range.fromMs;
  const length = bucketLengthFor(rangeMs, POINTS);
  const { buckets, isLoading, error } = useLatency(sensorId, timeRange, length);
  const { everyMs } = length;
  const lines = useMemo(
    () =>
      PERCENTILES.map((name): ChartLine => {
        const drawn = buckets.map((bucket) => drawnBucket(bucket, name));
        return { name: `${name} (ms)`, series: toSeries(drawn, everyMs, rangeMs, nowMs) };
      }),
    [buckets, everyMs, rangeMs, nowMs],
  );
  const last = buckets.at(-1);
  return (
    <details
      className="card padded latency"
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <h2>Latency</h2>
        <span className="number">
          {last ? PERCENTILES.map((name) => `${name} ${formatMeasured(last[name])}`).join(', ') : ''}
        </span>
        {!last && !isLoading && <span className="muted">no reading of this range names one</span>}
        {delayMs !== undefined && (
          <span className="number">measured to arrived: {delayInWords(delayMs)}</span>
        )}
      </summary>
      <ErrorNotice error={error} />
      {isOpen && last && (
        <>
          <Chart
            lines={lines}
            range={range}
            isSmall
            label={`Latency of ${sensorId}: ${PERCENTILES.map((name) => `${name} ${formatMeasured(last[name])}`).join(', ')} at the end`}
          />
          <ul className="latency-legend">
            <li>
              <LineSample index={0} count={2} /> p50: half of the readings have at most this
            </li>
            <li>
              <LineSample index={1} count={2} /> p95: 95 of 100 readings have at most this
            </li>
          </ul>
          <p className="muted">Milliseconds, as each reading says in latencyMs.</p>
        </>
      )}
    </details>
  );
}

function drawnBucket(bucket: LatencyBucket, name: (typeof PERCENTILES)[number]) {
  const value = bucket[name];
  return { start: bucket.start, mean: value, min: value, max: value };
}

function delayInWords(delayMs: number): string {
  return delayMs >= MAX_DELAY_MS ? 'more than 24 days' : formatMeasured(delayMs);
}
