import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';

import { navigate, useLocation } from '../common/location.js';
import { type Bucket, type SystemEvent, type NewRule, RequestError } from '../api/client.js';
import { loadBuckets } from '../api/buckets.js';
import { bucketLengthFor } from '../chart/bucket-length.js';
import type { ChartMark, ChartRange, ChartThreshold } from '../chart/chart-data.js';
import { toSeries } from '../chart/to-series.js';
import { nowMs } from '../common/clock.js';
import { formatTime, formatValue } from '../common/format.js';
import { ErrorNotice } from '../components/error-notice.js';
import { useSensorIds } from '../components/sensor-options.js';
import type { RuleDraft } from './rule-draft.js';
import { criticalSpans, learningEndsMs } from './trial-summary.js';
import { TrialResult } from './trial-result.js';
import { parseLocalNumber } from './localized-number.js';
import { PreviewSensor } from './preview-sensor.js';
import { type Trial, useTrial } from './use-trial.js';

const Chart = lazy(async () => ({ default: (await import('../chart/chart.js')).Chart }));

/** Points in the width of the chart. */
const POINTS = 500;
const HOUR_MS = 3_600_000;
/** Nobody looks at less of a rule's past. */
const MIN_ZOOM_MS = 1_000;
/** Ranges a rule is tried on: as they stand in the address, in buttons, and in sentences. */
const RANGES = {
  '1h': { lengthMs: HOUR_MS, name: '1 h', within: 'the last hour' },
  '6h': { lengthMs: 6 * HOUR_MS, name: '6 h', within: 'the last 6 hours' },
  '24h': { lengthMs: 24 * HOUR_MS, name: '24 h', within: 'the last 24 hours' },
  '7d': { lengthMs: 168 * HOUR_MS, name: '7 d', within: 'the last 7 days' },
  '30d': { lengthMs: 720 * HOUR_MS, name: '30 d', within: 'the last 30 days' },
} as const;
type RangeName = keyof typeof RANGES;

interface PreviewProps {
  readonly draft: RuleDraft;
  /** Undefined while what is typed is no rule. */
  readonly rule: NewRule | undefined;
}

/** What the rule would have said of a sensor's past, as it is typed. */
export function Preview({ draft, rule }: PreviewProps): ReactNode {
  const { path, query } = useLocation();
  const sensorId = usePreviewSensor(draft, query.get('on') ?? '');
  const named = query.get('range') ?? '';
  // What an anomaly rule learns first is days of most sensors.
  const byDefault = draft.kind === 'anomaly' ? '7d' : '24h';
  const rangeName = Object.hasOwn(RANGES, named) ? (named as RangeName) : byDefault;
  const [untilMs, setUntil] = useState(nowMs);
  const [zoom, setZoom] = useState<ChartRange>();
  const range = { fromMs: untilMs - RANGES[rangeName].lengthMs, toMs: untilMs };
  const trial = useTrial(rule, sensorId, range);
  const history = useHistory(sensorId, range);

  const choose = (changes: { readonly on?: string; readonly range?: RangeName }): void => {
    setZoom(undefined);
    setUntil(nowMs());
    navigate(path, { ...Object.fromEntries(query), ...changes }, true);
  };
  return (
    <section className="card padded stack preview" aria-labelledby="preview-title">
      <div className="row spread">
        <h2 id="preview-title">What it would have said</h2>
        <TrialState trial={trial} />
      </div>
      <div className="row">
        <PreviewSensor
          sensorId={sensorId}
          zone={draft.scope === 'zone' ? draft.zone.trim() : ''}
          isFixed={draft.scope === 'sensor'}
          choose={(on) => choose({ on })}
        />
        <div className="choice" role="group" aria-label="Range">
          {Object.entries(RANGES).map(([value, { name }]) => (
            <button
              key={value}
              type="button"
              aria-pressed={value === rangeName}
              onClick={() => choose({ range: value as RangeName })}
            >
              {name}
            </button>
          ))}
        </div>
        {zoom && (
          <button type="button" onClick={() => setZoom(undefined)}>
            Whole range
          </button>
        )}
      </div>
      {sensorId === '' ? (
        <p className="muted">Choose a sensor, and see the rule on its past.</p>
      ) : (
        <>
          <Suspense fallback={<div className="preview-space" />}>
            <History
              sensorId={sensorId}
              range={zoom ?? range}
              within={zoom ? 'a part of the range' : RANGES[rangeName].within}
              draft={draft}
              trial={trial}
              onZoom={(fromMs, toMs) => setZoom({ fromMs, toMs: Math.max(toMs, fromMs + MIN_ZOOM_MS) })}
            />
          </Suspense>
          {draft.kind === 'anomaly' && history.data && <Learning buckets={history.data.buckets} />}
          {!rule && <p className="muted">Once what is typed is a rule, it is tried on this.</p>}
          <TrialFailure trial={trial} />
          {rule && trial.entries && !trial.error && (
            <TrialResult
              entries={trial.entries}
              sensorId={sensorId}
              within={RANGES[rangeName].within}
              toMs={range.toMs}
              isOld={trial.isRunning}
            />
          )}
        </>
      )}
    </section>
  );
}

/** The sensor that the rule is about; or that was chosen; or the first one that it is about. */
function usePreviewSensor(draft: RuleDraft, chosen: string): string {
  const zone = draft.scope === 'zone' ? draft.zone.trim() : '';
  const [first = ''] = useSensorIds(zone);
  if (draft.scope === 'sensor') return draft.sensorId.trim();
  return chosen || first;
}

interface HistoryProps {
  readonly sensorId: string;
  readonly range: ChartRange;
  readonly within: string;
  readonly draft: RuleDraft;
  readonly trial: Trial;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

function History({ sensorId, range, within, draft, trial, onZoom }: HistoryProps): ReactNode {
  const { data, error, isFetching, refetch } = useHistory(sensorId, range);
  const entries = trial.entries ?? [];
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
  if (!data) return <p className="preview-space muted">Loading what {sensorId} has sent …</p>;
  if (data.buckets.length === 0 && entries.length === 0)
    return (
      <p className="preview-space muted">
        Of {sensorId} there is nothing in {within}.
      </p>
    );
  const thresholds = thresholdsOf(draft);
  return (
    <>
      <Chart
        series={data.series}
        range={range}
        marks={marksOf(entries)}
        spans={criticalSpans(entries, range.toMs)}
        thresholds={thresholds}
        onZoom={onZoom}
        label={`Values of ${sensorId} in ${within}, with ${entries.length} marks; they are listed below`}
      />
      <FarThreshold buckets={data.buckets} threshold={thresholds[0]?.value} />
    </>
  );
}

/** What was normal again comes first, so that it covers nothing that is critical. */
function marksOf(entries: readonly SystemEvent[]): ChartMark[] {
  const marks = entries.map(({ time, type, message }) => ({
    timeMs: Date.parse(time),
    type,
    label: message,
  }));
  return [...marks.filter(({ type }) => type === 'normal'), ...marks.filter(({ type }) => type !== 'normal')];
}

/** Says of a threshold that the chart does not reach where it is. */
function FarThreshold({
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

/** Lines that move as one types. */
function thresholdsOf({ kind, threshold, hysteresis }: RuleDraft): ChartThreshold[] {
  const value = parseLocalNumber(threshold);
  if ((kind !== 'above' && kind !== 'below') || Number.isNaN(value)) return [];
  const back = parseLocalNumber(hysteresis);
  const lines: ChartThreshold[] = [{ value, label: kind }];
  if (back > 0) lines.push({ value: kind === 'above' ? value - back : value + back, label: 'normal again' });
  return lines;
}

function useHistory(sensorId: string, { fromMs, toMs }: ChartRange) {
  return useQuery({
    queryKey: ['history', sensorId, fromMs, toMs],
    enabled: sensorId !== '',
    staleTime: Infinity,
    placeholderData: (before, query) =>
      query?.queryKey[1] === sensorId ? keepPreviousData(before) : undefined,
    queryFn: async () => {
      const { every, everyMs } = bucketLengthFor(toMs - fromMs, POINTS);
      const [from = '', to] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
      const all = await loadBuckets([sensorId], { from, ...(to && { to }), every });
      const buckets = all[sensorId] ?? [];
      return { buckets, series: toSeries(buckets, everyMs, toMs - fromMs) };
    },
  });
}

function TrialState({ trial }: { trial: Trial }): ReactNode {
  const { isRunning, isWaiting } = trial;
  const words = isWaiting ? 'Waiting for other trials …' : isRunning ? 'Trying …' : '';
  return (
    <span className="trial-state muted" role="status">
      {words && <span className="spinner" aria-hidden />}
      {words}
    </span>
  );
}

function TrialFailure({ trial: { error, again } }: { trial: Trial }): ReactNode {
  if (!error) return undefined;
  if (error instanceof RequestError && error.errors.some(({ path }) => path === 'from'))
    return (
      <p className="notice" role="alert">
        Too much for one trial: {error.message.replace(/^.*?: /, '')}. Choose a shorter range, or a rule that
        speaks less often.
      </p>
    );
  return (
    <div className="stack">
      <ErrorNotice error={error} />
      <div className="row">
        <button type="button" onClick={again}>
          Try again
        </button>
      </div>
    </div>
  );
}

/** A rule that learns first says nothing meanwhile, and that is no good sign. */
function Learning({ buckets }: { buckets: readonly Bucket[] }): ReactNode {
  const learnedMs = learningEndsMs(buckets);
  if (buckets.length === 0) return undefined;
  return (
    <p className="notice">
      {learnedMs === undefined
        ? 'It learns for the whole of this range, and so cannot speak in it: choose a longer one.'
        : `It learns from the beginning of this range to about ${formatTime(learnedMs)}, and speaks from then on.`}
    </p>
  );
}
