import { type ReactNode, Suspense, useState } from 'react';

import { type Bucket, type NewRule, RequestError } from '../api/client.js';
import type { ChartRange } from '../chart/chart-data.js';
import { nowMs } from '../common/clock.js';
import { formatTime } from '../common/format.js';
import { navigate, useLocation } from '../common/location.js';
import { ErrorBoundary } from '../components/error-boundary.js';
import { ErrorNotice } from '../components/error-notice.js';
import { useSensorIds } from '../components/sensor-options.js';
import { PreviewChart, usePreviewHistory } from './preview-chart.js';
import { PreviewSensor } from './preview-sensor.js';
import type { RuleDraft } from './rule-draft.js';
import { TrialResult } from './trial-result.js';
import { learningEndsMs } from './trial-summary.js';
import { type Trial, useTrial } from './use-trial.js';

const HOUR_MS = 3_600_000;
/** The shortest range to zoom to. */
const MIN_ZOOM_MS = 1_000;
/** Ranges to try a rule on: their names in the URL, on buttons and in sentences. */
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
  /** Undefined while the draft is not a valid rule. */
  readonly rule: NewRule | undefined;
}

/** Shows, while the user types, which events the rule would have made from a sensor's history. */
export function Preview({ draft, rule }: PreviewProps): ReactNode {
  const { path, query } = useLocation();
  const sensorId = usePreviewSensor(draft, query.get('on') ?? '');
  const named = query.get('range') ?? '';
  // With most sensors an anomaly rule first learns for days.
  const byDefault = draft.kind === 'anomaly' ? '7d' : '24h';
  const rangeName = Object.hasOwn(RANGES, named) ? (named as RangeName) : byDefault;
  const [untilMs, setUntil] = useState(nowMs);
  const [zoom, setZoom] = useState<ChartRange>();
  const range = { fromMs: untilMs - RANGES[rangeName].lengthMs, toMs: untilMs };
  const trial = useTrial(rule, sensorId, range);
  const history = usePreviewHistory(sensorId, range);

  const select = (changes: { readonly on?: string; readonly range?: RangeName }): void => {
    setZoom(undefined);
    setUntil(nowMs());
    navigate(path, { ...Object.fromEntries(query), ...changes }, true);
  };
  return (
    <section className="card padded stack preview" aria-labelledby="preview-title">
      <div className="row spread">
        <h2 id="preview-title">Preview on past readings</h2>
        <TrialState trial={trial} />
      </div>
      <div className="row">
        <PreviewSensor
          sensorId={sensorId}
          zone={draft.scope === 'zone' ? draft.zone.trim() : ''}
          isFixed={draft.scope === 'sensor'}
          onSelect={(on) => select({ on })}
        />
        <div className="choice" role="group" aria-label="Range">
          {Object.entries(RANGES).map(([value, { name }]) => (
            <button
              key={value}
              type="button"
              aria-pressed={value === rangeName}
              onClick={() => select({ range: value as RangeName })}
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
        <p className="muted">Choose a sensor to try the rule on its history.</p>
      ) : (
        <>
          <ErrorBoundary isPart>
            <Suspense fallback={<div className="preview-space" />}>
              <PreviewChart
                sensorId={sensorId}
                range={zoom ?? range}
                within={zoom ? 'a part of the range' : RANGES[rangeName].within}
                draft={draft}
                events={trial.events ?? []}
                onZoom={(fromMs, toMs) => setZoom({ fromMs, toMs: Math.max(toMs, fromMs + MIN_ZOOM_MS) })}
              />
            </Suspense>
          </ErrorBoundary>
          {draft.kind === 'anomaly' && history.data && <Learning buckets={history.data.buckets} />}
          {!rule && <p className="muted">Complete the rule to see its events here.</p>}
          <TrialFailure trial={trial} />
          {rule && trial.events && !trial.error && (
            <TrialResult
              events={trial.events}
              sensorId={sensorId}
              within={RANGES[rangeName].within}
              toMs={range.toMs}
              isOutdated={trial.isRunning}
            />
          )}
        </>
      )}
    </section>
  );
}

/** The sensor of the rule; otherwise the chosen one; otherwise the first one that the rule applies to. */
function usePreviewSensor(draft: RuleDraft, chosen: string): string {
  const zone = draft.scope === 'zone' ? draft.zone.trim() : '';
  const [first = ''] = useSensorIds(zone);
  if (draft.scope === 'sensor') return draft.sensorId.trim();
  return chosen || first;
}

function TrialState({ trial }: { trial: Trial }): ReactNode {
  const { isRunning, isWaiting } = trial;
  const label = isWaiting ? 'Waiting for other trials …' : isRunning ? 'Trying the rule …' : '';
  return (
    <span className="trial-state muted" role="status">
      {label && <span className="spinner" aria-hidden />}
      {label}
    </span>
  );
}

function TrialFailure({ trial: { error, retry } }: { trial: Trial }): ReactNode {
  if (!error) return undefined;
  if (error instanceof RequestError && error.errors.some(({ path }) => path === 'from'))
    return (
      <p className="notice" role="alert">
        Too many events for a preview: {error.message.replace(/^.*?: /, '')}. Choose a shorter range, or a
        rule that triggers less often.
      </p>
    );
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
}

/** Says that the rule is still learning, so that nobody takes the lack of events for a good sign. */
function Learning({ buckets }: { buckets: readonly Bucket[] }): ReactNode {
  const endMs = learningEndsMs(buckets);
  if (buckets.length === 0) return undefined;
  return (
    <p className="notice">
      {endMs === undefined
        ? 'The rule needs this whole range to learn, so it reports nothing. Choose a longer range.'
        : `The rule learns from the start of this range until about ${formatTime(endMs)}, and reports anomalies from then on.`}
    </p>
  );
}
