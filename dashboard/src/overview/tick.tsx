import type { ReactNode } from 'react';

import { toggleTick, useIsTicked } from './ticked.js';

/** Ticks a sensor for a comparison. */
export function Tick({ sensorId }: { sensorId: string }): ReactNode {
  const isTicked = useIsTicked(sensorId);
  return (
    <label className="tick" title="Tick to compare">
      <input
        type="checkbox"
        aria-label={`Compare ${sensorId}`}
        checked={isTicked}
        onChange={() => toggleTick(sensorId)}
      />
    </label>
  );
}
