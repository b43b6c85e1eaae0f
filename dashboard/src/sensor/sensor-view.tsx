import { type ReactNode, useRef, useState } from 'react';

import { api, dataOf } from '../api/client.js';
import { bucketLengthFor } from '../chart/bucket-length.js';
import type { ChartRange } from '../chart/chart-data.js';
import { useNow } from '../common/clock.js';
import { formatValue } from '../common/format.js';
import { linkTo, navigate, useLocation } from '../common/location.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { StateBadge } from '../components/state-badge.js';
import { Ago } from '../components/time.js';
import { View } from '../components/view.js';
import { live } from '../live/live.js';
import { useSensor, useSensors } from '../live/use-live.js';
import { EventList } from './event-list.js';
import { Export } from './export.js';
import { RangeControls } from './range-controls.js';
import { ReadingsTable } from './readings-table.js';
import { SensorChart } from './sensor-chart.js';
import './sensor.css';
import { absoluteRange, queryOf, type TimeRange, timeRangeOf } from './time-range.js';
import { useBucketCount } from './use-bucket-count.js';
import { useEvents, useRulesAbout } from './use-events.js';

const NONE: ReadonlyMap<string, number> = new Map();

/** One sensor: its live history, its events, and ways to export them. */
export function SensorView({ sensorId }: { sensorId: string }): ReactNode {
  const sensor = useSensor(sensorId);
  const { isLoaded } = useSensors();
  const { query } = useLocation();
  const timeRange = timeRangeOf(query);
  const nowMs = useNow();
  const range = absoluteRange(timeRange, nowMs);
  const card = useRef<HTMLElement>(null);
  const length = bucketLengthFor(range.toMs - range.fromMs, useBucketCount(card));
  const events = useEvents(sensorId, timeRange);
  const rules = useRulesAbout(sensorId, sensor?.zone);
  const isTable = query.get('view') === 'table';
  const view = isTable ? 'table' : undefined;
  const path = `/api/readings/${encodeURIComponent(sensorId)}`;
  const search = searchOf(timeRange);
  const show = (next: ChartRange): void => navigate(['sensors', sensorId], { ...queryOf(next), view });
  return (
    <View title={sensorId} actions={<Actions sensorId={sensorId} />}>
      <div className="row sensor-now">
        {sensor ? (
          <>
            <span className="sensor-value number">
              {sensor.value === undefined ? '–' : formatValue(sensor.value)}
            </span>
            <StateBadge state={sensor.state} chip />
            <span className="muted">
              in <a href={linkTo([], { zone: sensor.zone })}>{sensor.zone}</a>
              {sensor.timeMs > 0 && (
                <>
                  , <Ago timeMs={sensor.timeMs} />
                </>
              )}
            </span>
          </>
        ) : (
          <span className="muted">
            {isLoaded ? 'The gateway does not know this sensor. Its history may still exist.' : 'Loading …'}
          </span>
        )}
      </div>
      <section ref={card} className="card padded stack" aria-label="History">
        <div className="row spread">
          <RangeControls
            timeRange={timeRange}
            range={range}
            show={show}
            showLast={(preset) => navigate(['sensors', sensorId], { range: preset, view })}
          />
          <div className="choice" role="group" aria-label="Show as">
            <a
              className="button"
              aria-current={!isTable}
              href={linkTo(['sensors', sensorId], { ...parametersOf(query), view: undefined })}
            >
              Chart
            </a>
            <a
              className="button"
              aria-current={isTable}
              href={linkTo(['sensors', sensorId], { ...parametersOf(query), view: 'table' })}
            >
              Table
            </a>
          </div>
        </div>
        {isTable ? (
          <ReadingsTable path={path} search={search} />
        ) : (
          <>
            <SensorChart
              sensorId={sensorId}
              timeRange={timeRange}
              length={length}
              events={events}
              rules={rules}
              activeRules={timeRange.kind === 'last' ? (sensor?.activeRules ?? NONE) : NONE}
              onZoom={show}
            />
            <p className="muted chart-hint">
              The line is the mean; the band shows minimum to maximum. Drag across the chart to zoom in.
            </p>
          </>
        )}
      </section>
      <EventList sensorId={sensorId} events={events} />
      <Export sensorId={sensorId} path={path} search={search} every={isTable ? undefined : length.every} />
    </View>
  );
}

/** Buttons for a sensor. */
function Actions({ sensorId }: { sensorId: string }): ReactNode {
  const [isForgetting, setForgetting] = useState(false);
  const forget = async (): Promise<void> => {
    await dataOf(api.DELETE('/api/sensors/{sensorId}', { params: { path: { sensorId } } }));
    await live.loadSensors();
    navigate([]);
  };
  return (
    <div className="row">
      <a className="button" href={linkTo(['rules', 'new'], { sensorId, kind: 'above' })}>
        New rule
      </a>
      <button type="button" className="danger" onClick={() => setForgetting(true)}>
        Forget
      </button>
      {isForgetting && (
        <ConfirmDialog
          title={`Forget ${sensorId}?`}
          action="Forget sensor"
          act={forget}
          onClose={() => setForgetting(false)}
        >
          The sensor disappears from the overview until it sends again, and rules drop their state for it. Its
          history stays in the store.
        </ConfirmDialog>
      )}
    </div>
  );
}

/** The range as query parameters of the gateway; a live range stays relative. */
function searchOf(timeRange: TimeRange): URLSearchParams {
  if (timeRange.kind === 'last') return new URLSearchParams({ from: `-${timeRange.preset}` });
  return new URLSearchParams(queryOf(timeRange));
}

function parametersOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(query);
}
