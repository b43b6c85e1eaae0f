import { type ReactNode, useMemo, useRef } from 'react';

import type { Rule } from '../api/schemas.js';
import { bucketLengthFor } from '../chart/bucket-length.js';
import { ChartHint } from '../chart/hint.js';
import { useNow } from '../common/clock.js';
import { linkTo, navigate, useLocation } from '../common/location.js';
import { Export } from '../history/export.js';
import { RangeControls } from '../history/range-controls.js';
import { absoluteRange, parametersOf, searchOf, type TimeRange } from '../history/time-range.js';
import { useBucketCount } from '../history/use-bucket-count.js';
import { useZoom } from '../history/use-zoom.js';
import type { LiveSensor } from '../live/live-sensors.js';
import { episodesOf } from './episodes.js';
import { EventList } from './event-list.js';
import { LatencySection } from './latency.js';
import { ReadingsTable } from './readings-table.js';
import { SensorChart } from './sensor-chart.js';
import { NO_EVENTS, useEvents } from './use-events.js';

interface SensorHistoryProps {
  readonly sensorId: string;
  /** Undefined when the gateway does not know it. */
  readonly sensor: LiveSensor | undefined;
  readonly rules: readonly Rule[];
  readonly timeRange: TimeRange;
}

/** The readings and events of a range, as a chart or as a table. */
export function SensorHistory({ sensorId, sensor, rules, timeRange }: SensorHistoryProps): ReactNode {
  const { query } = useLocation();
  const nowMs = useNow();
  const range = absoluteRange(timeRange, nowMs);
  const card = useRef<HTMLElement>(null);
  const length = bucketLengthFor(range.toMs - range.fromMs, useBucketCount(card));
  const loaded = useEvents(sensorId, timeRange);
  const { events, earlier } = loaded ?? NO_EVENTS;
  const { fromMs, toMs } = range;
  const activeRules = sensor?.activeRules;
  // A range in the past does not change with each second.
  const knownMs = Math.min(nowMs, toMs + 1);
  const episodes = useMemo(
    () => episodesOf({ events, earlier, rules, activeRules, nowMs: knownMs }, { fromMs, toMs }),
    [events, earlier, rules, activeRules, knownMs, fromMs, toMs],
  );
  const isTable = query.get('view') === 'table';
  const path = `/api/readings/${encodeURIComponent(sensorId)}`;
  const search = searchOf(timeRange);
  const zoom = useZoom(timeRange, (next) =>
    navigate(['sensors', sensorId], { ...parametersOf(next), view: isTable ? 'table' : undefined }),
  );
  return (
    <>
      <section ref={card} className="card padded history-card" aria-label="History">
        <div className="row spread history-tools">
          <RangeControls timeRange={timeRange} range={range} zoom={zoom} />
          <ViewChoice sensorId={sensorId} query={query} isTable={isTable} />
        </div>
        {isTable ? (
          <ReadingsTable path={path} search={search} />
        ) : (
          <>
            <SensorChart
              sensorId={sensorId}
              timeRange={timeRange}
              range={range}
              nowMs={nowMs}
              length={length}
              episodes={episodes}
              rules={rules}
              newestMs={sensor && sensor.timeMs > 0 ? sensor.timeMs : undefined}
              zoom={zoom}
            />
            <ChartHint>
              The line is the mean; the band shows minimum to maximum. Bars below the chart are episodes.
            </ChartHint>
          </>
        )}
      </section>
      <LatencySection
        sensorId={sensorId}
        timeRange={timeRange}
        range={range}
        nowMs={nowMs}
        delayMs={sensor?.delayMs}
      />
      <EventList sensorId={sensorId} events={loaded?.events} episodes={episodes} fromMs={fromMs} />
      <Export name={sensorId} path={path} search={search} every={isTable ? undefined : length.every} />
    </>
  );
}

interface ViewChoiceProps {
  readonly sensorId: string;
  readonly query: URLSearchParams;
  readonly isTable: boolean;
}

function ViewChoice({ sensorId, query, isTable }: ViewChoiceProps): ReactNode {
  const linkWith = (view: string | undefined): string =>
    linkTo(['sensors', sensorId], { ...Object.fromEntries(query), view });
  return (
    <div className="choice" role="group" aria-label="Show as">
      <a className="button" aria-current={!isTable} href={linkWith(undefined)}>
        Chart
      </a>
      <a className="button" aria-current={isTable} href={linkWith('table')}>
        Table
      </a>
    </div>
  );
}
