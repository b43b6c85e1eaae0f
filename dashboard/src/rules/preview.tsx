import { type ReactNode, Suspense, useState } from 'react';

import { RequestError } from '../api/client.js';
import type { Bucket, NewRule } from '../api/schemas.js';
import type { ChartRange } from '../chart/chart-data.js';
import { nowMs } from '../common/clock.js';
import { formatTime } from '../common/format.js';
import { navigate, useLocation } from '../common/location.js';
import { ErrorBoundary } from '../components/error-boundary.js';
import { ErrorNotice } from '../components/error-notice.js';
import { RangePicker } from '../components/range-picker.js';
import { useSensorIds } from '../components/sensor-options.js';
import { queryOf } from '../history/time-range.js';
import { PreviewChart, usePreviewHistory } from './preview-chart.js';
import { PreviewSensor } from './preview-sensor.js';
import type { RuleDraft } from './rule-draft.js';
import { TrialResult } from './trial-result.js';
import { learningEndsMs } from './trial-summary.js';
import { RANGES, usePreviewRange } from './use-preview-range.js';
import { type Trial, useTrial } from './use-trial.js';

/** The shortest range to zoom to. */
const MIN_ZOOM_MS = 1_000;

interface PreviewProps {
  readonly draft: RuleDraft;
  /** Undefined while the draft is not a valid rule. */
  readonly rule: NewRule | undefined;
}

/** Shows, while the user types, which events the rule would have made from a sensor's history. */
export function Preview({ draft, rule }: PreviewProps): ReactNode {
  const { path, query } = useLocation();
  const sensorId = usePreviewSensor(draft, query.get('on') ?? '');
  const [untilMs, setUntil] = useState(nowMs);
  // With most sensors an anomaly rule first learns for days.
  const byDefault = draft.kind === 'anomaly' ? '7d' : '24h';
  const range = usePreviewRange(query, byDefault, sensorId, untilMs);
  const { lastReadingMs, within } = range;
  const [zoom, setZoom] = useState<ChartRange>();
  const trial = useTrial(rule, sensorId, range);
  const history = usePreviewHistory(sensorId, range);

  const select = (changes: Readonly<Record<string, string | undefined>>): void => {
    setZoom(undefined);
    setUntil(nowMs());
    navigate(path, { ...Object.fromEntries(query), ...changes }, true);
  };
  const show = (wanted: ChartRange): void => select({ ...queryOf(wanted), range: undefined });
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
              aria-pressed={value === range.name}
              onClick={() => select({ range: value, from: undefined, to: undefined })}
            >
              {name}
            </button>
          ))}
        </div>
        <RangePicker range={range} onSelect={show} />
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
          {lastReadingMs !== undefined && (
            <p className="notice" role="status">
              The last reading of {sensorId} is from {formatTime(lastReadingMs)}. The preview shows {within}.
            </p>
          )}
          {range.name === undefined && (
            <p className="muted number">
              {formatTime(range.fromMs)} to {formatTime(range.toMs)}
            </p>
          )}
          <ErrorBoundary isPart>
            <Suspense fallback={<div className="preview-space" />}>
              <PreviewChart
                sensorId={sensorId}
                range={zoom ?? range}
                within={zoom ? 'a part of the range' : within}
                draft={draft}
                events={trial.events ?? []}
                show={show}
                onZoom={(fromMs, toMs) => setZoom({ fromMs, toMs: Math.max(toMs, fromMs + MIN_ZOOM_MS) })}
                onReset={() => setZoom(undefined)}
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
              within={within}
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
