import '../history/range-controls.css';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { loadBuckets } from '../api/buckets.js';
import type { Bucket, SystemEvent } from '../api/schemas.js';
import { bucketLengthFor, wholeBuckets } from '../chart/bucket-length.js';
import type { ChartEpisode, ChartRange, ChartThreshold } from '../chart/chart-data.js';
import { toSeries } from '../chart/to-series.js';
import { formatValue } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import { lazyPart } from '../components/lazy-part.js';
import { EmptyRange } from '../history/empty-range.js';
import { stateOfEvent } from '../live/event-state.js';
import { ANOMALY_LASTS_MS } from '../live/sensor-state.js';
import { parseLocalNumber } from './localized-number.js';
import type { RuleDraft } from './rule-draft.js';
import { criticalSpans } from './trial-summary.js';

const Chart = lazyPart(async () => (await import('../chart/chart.js')).Chart);

/** Points across the chart. */
const POINTS = 500;

interface PreviewChartProps {
  readonly sensorId: string;
  readonly range: ChartRange;
  /** The range in words, such as "the last 24 hours". */
  readonly within: string;
  readonly draft: RuleDraft;
  readonly events: readonly SystemEvent[];
  readonly show: (range: ChartRange) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  /** Called when the user wants the whole range again. */
  readonly onReset: () => void;
}

/** The history of a sensor, with the rule's thresholds and the events it would have made. */
export function PreviewChart(props: PreviewChartProps): ReactNode {
  const { sensorId, range, within, draft, events, show, onZoom, onReset } = props;
  const { data, error, isFetching, refetch } = usePreviewHistory(sensorId, range);
  if (error && !isFetching)
    return (
      <div className="stack">
        <ErrorNotice error={error} />
        <div className="row">
          <button type="button" onClick={() => void refetch()}>
            Try again
          </button>
        </div>
      </div>
    );
  if (!data) return <p className="preview-space muted">Loading the history of {sensorId} …</p>;
  if (data.buckets.length === 0 && events.length === 0)
    return (
      <div className="preview-space">
        <EmptyRange sensorIds={[sensorId]} knownMs={[]} range={range} show={show} />
      </div>
    );
  const thresholds = thresholdsOf(draft);
  return (
    <>
      <Chart
        lines={[{ name: sensorId, series: data.series }]}
        range={range}
        episodes={episodesOf(events, range.toMs)}
        thresholds={thresholds}
        onZoom={onZoom}
        onReset={onReset}
        label={`Values of ${sensorId} in ${within}, with ${events.length} marks; they are listed below`}
      />
      <DistantThreshold buckets={data.buckets} threshold={thresholds[0]?.value} />
    </>
  );
}

/** The buckets of a range, and the series to draw. */
export function usePreviewHistory(sensorId: string, { fromMs, toMs }: ChartRange) {
  return useQuery({
    queryKey: ['history', sensorId, fromMs, toMs],
    enabled: sensorId !== '',
    staleTime: Infinity,
    placeholderData: (before, query) =>
      query?.queryKey[1] === sensorId ? keepPreviousData(before) : undefined,
    queryFn: async () => {
      const { every, everyMs } = bucketLengthFor(toMs - fromMs, POINTS);
      const whole = wholeBuckets({ fromMs, toMs }, everyMs);
      const [from = '', to] = [whole.fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
      const all = await loadBuckets([sensorId], { from, ...(to && { to }), every });
      const buckets = all[sensorId] ?? [];
      return { buckets, series: toSeries(buckets, everyMs, toMs - fromMs, toMs) };
    },
  });
}

/** When the rule would have made the sensor critical or silent; an anomaly has no known end. */
function episodesOf(events: readonly SystemEvent[], toMs: number): ChartEpisode[] {
  const type = events.some((event) => stateOfEvent(event) === 'silent') ? 'silent' : 'critical';
  const critical = criticalSpans(events, toMs).map(
    (span) => ({ ...span, type, label: 'this rule' }) as const,
  );
  const anomalies = events.flatMap(({ type, time }) => {
    const fromMs = Date.parse(time);
    const endMs = Math.min(toMs, fromMs + ANOMALY_LASTS_MS);
    return type === 'anomaly' ? [{ type, fromMs, toMs: endMs, label: 'this rule' }] : [];
  });
  return [...critical, ...anomalies];
}

/** The threshold, and the value at which it is normal again, as typed so far. */
function thresholdsOf({ kind, threshold, hysteresis }: RuleDraft): ChartThreshold[] {
  const value = parseLocalNumber(threshold);
  if ((kind !== 'above' && kind !== 'below') || !Number.isFinite(value)) return [];
  const back = parseLocalNumber(hysteresis);
  const lines: ChartThreshold[] = [{ value, label: kind }];
  const normal = kind === 'above' ? value - back : value + back;
  if (back > 0 && Number.isFinite(normal)) lines.push({ value: normal, label: 'normal again' });
  return lines;
}

/** Says where a threshold is that lies outside the chart. */
function DistantThreshold({
  buckets,
  threshold,
}: {
  buckets: readonly Bucket[];
  threshold: number | undefined;
}): ReactNode {
  if (threshold === undefined || buckets.length === 0) return undefined;
  const min = buckets.reduce((least, bucket) => Math.min(least, bucket.min), Infinity);
  const max = buckets.reduce((most, bucket) => Math.max(most, bucket.max), -Infinity);
  const span = max - min || Math.abs(max) || 1;
  if (threshold > min - span && threshold < max + span) return undefined;
  return (
    <p className="muted">
      The threshold, {formatValue(threshold)}, is far {threshold > max ? 'above' : 'below'} these values (
      {formatValue(min)} to {formatValue(max)}).
    </p>
  );
}
