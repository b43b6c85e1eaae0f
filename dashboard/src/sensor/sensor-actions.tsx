import { type ReactNode, useState } from 'react';

import { api, dataOf } from '../api/client.js';
import { linkTo, navigate } from '../common/location.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { parametersOf, type TimeRange } from '../history/time-range.js';
import { live } from '../live/live.js';

/** Buttons for a sensor. @param timeRange what the comparison with others shows */
export function SensorActions({
  sensorId,
  timeRange,
}: {
  sensorId: string;
  timeRange: TimeRange | undefined;
}): ReactNode {
  const [isForgetting, setForgetting] = useState(false);
  const forget = async (): Promise<void> => {
    await dataOf(api.DELETE('/api/sensors/{sensorId}', { params: { path: { sensorId } } }));
    await live.loadSensors();
    navigate([]);
  };
  return (
    <div className="row sensor-actions">
      <a
        className="button"
        href={linkTo(['compare'], { sensor: [sensorId], ...(timeRange && parametersOf(timeRange)) })}
      >
        Add another sensor
      </a>
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
