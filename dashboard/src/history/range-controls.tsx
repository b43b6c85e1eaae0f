import './range-controls.css';

import type { ReactNode } from 'react';

import type { ChartRange } from '../chart/chart-data.js';
import { moved, zoomed } from '../chart/zoom-range.js';
import { formatTime } from '../common/format.js';
import { goBack } from '../common/location.js';
import { RangePicker } from '../components/range-picker.js';
import { lastOf, type Preset, PRESETS, type TimeRange } from './time-range.js';
import type { Zoom } from './use-zoom.js';

interface RangeControlsProps {
  readonly timeRange: TimeRange;
  readonly range: ChartRange;
  readonly zoom: Zoom;
}

/** Buttons that select the range, so that no pointer is needed: the last hours, dates, zoom, earlier and later. */
export function RangeControls({ timeRange, range, zoom }: RangeControlsProps): ReactNode {
  const { fromMs, toMs } = range;
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
              onClick={() => zoom.choose(lastOf(preset as Preset))}
            >
              {preset}
            </button>
          ))}
        </div>
        <div className="choice" role="group" aria-label="Move the range">
          <Step name="Earlier" sign="←" onClick={() => zoom.zoomTo(moved(range, -0.5))} />
          <Step name="Zoom in" sign="+" onClick={() => zoom.zoomTo(zoomed(range, 0.5, 0.5))} />
          <Step name="Zoom out" sign="−" onClick={() => zoom.zoomTo(zoomed(range, 2, 0.5))} />
          <Step name="Later" sign="→" onClick={() => zoom.zoomTo(moved(range, 0.5))} />
        </div>
        <RangePicker range={range} onSelect={(picked) => zoom.choose({ kind: 'fixed', ...picked })} />
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

function Step({ name, sign, onClick }: { name: string; sign: string; onClick: () => void }): ReactNode {
  return (
    <button type="button" onClick={onClick} title={name}>
      <span aria-hidden>{sign}</span>
      <span className="hidden">{name}</span>
    </button>
  );
}
