import './sensor.css';

import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatTime } from '../common/format.js';
import { linkTo, useLocation } from '../common/location.js';
import { View } from '../components/view.js';
import { DEFAULT_PRESET } from '../history/time-range.js';
import { useSensor, useSensors } from '../live/use-live.js';
import { SensorActions } from './sensor-actions.js';
import { SensorHistory } from './sensor-history.js';
import { SensorNow } from './sensor-now.js';
import { useRulesAbout } from './use-events.js';
import { useShownRange } from './use-shown-range.js';

/** One sensor: its state, its live history, its events, and ways to export them. */
export function SensorView({ sensorId }: { sensorId: string }): ReactNode {
  const sensor = useSensor(sensorId);
  const { isLoaded } = useSensors();
  const { query } = useLocation();
  const rules = useRulesAbout(sensorId, sensor?.zone);
  const newestMs = sensor && sensor.timeMs > 0 ? sensor.timeMs : undefined;
  const shown = useShownRange(query, newestMs, isLoaded, useNow());
  return (
    <View title={sensorId} actions={<SensorActions sensorId={sensorId} timeRange={shown?.timeRange} />}>
      <div className="row sensor-now">
        {sensor ? (
          <SensorNow sensor={sensor} rules={rules} />
        ) : (
          <span className="muted">
            {isLoaded ? 'The gateway does not know this sensor. Its history may still exist.' : 'Loading …'}
          </span>
        )}
      </div>
      {shown?.lastReadingMs !== undefined && (
        <p className="notice" role="status">
          The last reading is from {formatTime(shown.lastReadingMs)}, so this is the hour before it.{' '}
          <a href={linkTo(['sensors', sensorId], { range: DEFAULT_PRESET })}>Show live</a>
        </p>
      )}
      {shown && (
        <SensorHistory sensorId={sensorId} sensor={sensor} rules={rules} timeRange={shown.timeRange} />
      )}
    </View>
  );
}
