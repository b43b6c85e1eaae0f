import { type ReactNode, useRef, useState } from 'react';

import { navigate, linkTo, useLocation } from '../common/location.js';
import { api, dataOf } from '../api/client.js';
import { bucketLengthFor } from '../chart/bucket-length.js';
import type { ChartRange } from '../chart/chart-data.js';
import { useNow } from '../common/clock.js';
import { formatValue } from '../common/format.js';
import { live } from '../live/live.js';
import { useSensors, useSensor } from '../live/use-live.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { StateBadge } from '../components/state-badge.js';
import { Ago } from '../components/time.js';
import { View } from '../components/view.js';
import { EventList } from './event-list.js';
import { RangeControls } from './range-controls.js';
import { ReadingsTable } from './readings-table.js';
import { SensorChart } from './sensor-chart.js';
import './sensor.css';
import { queryOf, absoluteRange, type TimeRange, timeRangeOf } from './time-range.js';
import { Export } from './export.js';
import { useEvents, useRulesAbout } from './use-events.js';
import { useBucketCount } from './use-bucket-count.js';

const NONE: ReadonlySet<string> = new Set();

/** One sensor: its history, live, what was said of it, and ways to have it elsewhere. */
export function SensorView({ sensorId }: { sensorId: string }): ReactNode {
  const sensor = useSensor(sensorId);
  const { isLoaded } = useSensors();
  const address = useLocation();
  const shown = timeRangeOf(address);
  const nowMs = useNow();
  const range = absoluteRange(shown, nowMs);
  const card = useRef<HTMLElement>(null);
  const length = bucketLengthFor(range.toMs - range.fromMs, useBucketCount(card));
  const entries = useEvents(sensorId, shown);
  const rules = useRulesAbout(sensorId, sensor?.zone);
  const isTable = address.query.get('view') === 'table';
  const view = isTable ? 'table' : undefined;
  const path = `/api/readings/${encodeURIComponent(sensorId)}`;
  const search = searchOf(shown);
  const show = (shownRange: ChartRange): void =>
    navigate(['sensors', sensorId], { ...queryOf(shownRange), view });
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
            {isLoaded ? 'This sensor is not known now. Its history may still be there.' : 'Loading …'}
          </span>
        )}
      </div>
      <section ref={card} className="card padded stack" aria-label="History">
        <div className="row spread">
          <RangeControls
            shown={shown}
            range={range}
            show={show}
            showLast={(preset) => navigate(['sensors', sensorId], { range: preset, view })}
          />
          <div className="choice" role="group" aria-label="Show as">
            <a
              className="button"
              aria-current={!isTable}
              href={linkTo(['sensors', sensorId], { ...queryTextOf(address.query), view: undefined })}
            >
              Chart
            </a>
            <a
              className="button"
              aria-current={isTable}
              href={linkTo(['sensors', sensorId], { ...queryTextOf(address.query), view: 'table' })}
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
              shown={shown}
              length={length}
              entries={entries}
              rules={rules}
              critical={shown.kind === 'last' ? (sensor?.criticalRules ?? NONE) : NONE}
              onZoom={show}
            />
            <p className="muted chart-hint">
              The line is the mean, the band reaches from the least to the greatest value. Drag over a part to
              see it closer.
            </p>
          </>
        )}
      </section>
      <EventList sensorId={sensorId} entries={entries} />
      <Export sensorId={sensorId} path={path} search={search} every={isTable ? undefined : length.every} />
    </View>
  );
}

/** What can be done with a sensor. */
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
          action="Forget it"
          act={forget}
          onClose={() => setForgetting(false)}
        >
          It leaves the overview until it is heard again, and rules forget how they stood with it. Its history
          stays in the store.
        </ConfirmDialog>
      )}
    </div>
  );
}

/** The range as the gateway takes it; one that moves on stays relative. */
function searchOf(shown: TimeRange): URLSearchParams {
  if (shown.kind === 'last') return new URLSearchParams({ from: `-${shown.preset}` });
  return new URLSearchParams(queryOf(shown));
}

function queryTextOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(query);
}
