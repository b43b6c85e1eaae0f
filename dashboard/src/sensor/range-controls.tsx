import type { ReactNode } from 'react';

import { goBack } from '../common/location.js';

import type { ChartRange } from '../chart/chart-data.js';
import { formatTime } from '../common/format.js';
import { type Preset, PRESETS, type TimeRange } from './time-range.js';

interface RangeControlsProps {
  readonly timeRange: TimeRange;
  readonly range: ChartRange;
  readonly showLast: (preset: Preset) => void;
  readonly show: (range: ChartRange) => void;
}

/** Buttons that select the range, so that no pointer is needed: the last hours, zoom, earlier and later. */
export function RangeControls({ timeRange, range, showLast, show }: RangeControlsProps): ReactNode {
  const { fromMs, toMs } = range;
  const lengthMs = toMs - fromMs;
  const middleMs = (fromMs + toMs) / 2;
  const zoom = (factor: number): void =>
    show({ fromMs: middleMs - (lengthMs * factor) / 2, toMs: middleMs + (lengthMs * factor) / 2 });
  const move = (share: number): void =>
    show({ fromMs: fromMs + lengthMs * share, toMs: toMs + lengthMs * share });
  return (
    <div className="stack range-tools">
      <div className="row">
        <div className="choice" role="group" aria-label="Show the last">
          {Object.keys(PRESETS).map((preset) => (
            <button
              key={preset}
              type="button"
              aria-pressed={timeRange.kind === 'last' && timeRange.preset === preset}
              title={`The last ${PRESETS[preset as Preset].name}, live`}
              onClick={() => showLast(preset as Preset)}
            >
              {preset}
            </button>
          ))}
        </div>
        <div className="choice" role="group" aria-label="Move the range">
          <button type="button" onClick={() => move(-0.5)} title="Earlier">
            <span aria-hidden>←</span>
            <span className="hidden">Earlier</span>
          </button>
          <button type="button" onClick={() => zoom(0.5)} title="Zoom in">
            <span aria-hidden>+</span>
            <span className="hidden">Zoom in</span>
          </button>
          <button type="button" onClick={() => zoom(2)} title="Zoom out">
            <span aria-hidden>−</span>
            <span className="hidden">Zoom out</span>
          </button>
          <button type="button" onClick={() => move(0.5)} title="Later">
            <span aria-hidden>→</span>
            <span className="hidden">Later</span>
          </button>
        </div>
        {timeRange.kind === 'fixed' && (
          <button type="button" onClick={goBack}>
            Back
          </button>
        )}
      </div>
      {timeRange.kind === 'fixed' && (
        <p className="muted number">
          {formatTime(fromMs)} to {formatTime(toMs)}
        </p>
      )}
    </div>
  );
}
