import { type ReactNode, useEffect, useId, useState } from 'react';

import { SensorOptions, useSensorIds } from '../components/sensor-options.js';

interface PreviewSensorProps {
  readonly sensorId: string;
  readonly zone: string;
  /** Whether the rule itself names the sensor. */
  readonly isFixed: boolean;
  readonly choose: (sensorId: string) => void;
}

/** Whose past the rule is tried on. */
export function PreviewSensor({ sensorId, zone, isFixed, choose }: PreviewSensorProps): ReactNode {
  const [typed, type] = useState(sensorId);
  useEffect(() => type(sensorId), [sensorId]);
  const known = useSensorIds(zone);
  const list = useId();
  if (isFixed) return sensorId && <strong className="preview-name">{sensorId}</strong>;
  return (
    <label className="row preview-sensor">
      <span>On</span>
      <input
        list={list}
        aria-label="Sensor to try it on"
        spellCheck={false}
        value={typed}
        onFocus={({ target }) => target.select()}
        onChange={({ target, nativeEvent }) => {
          type(target.value);
          // Picked from the list; what is typed may be the beginning of a longer name.
          if (!(nativeEvent instanceof InputEvent) && known.includes(target.value)) choose(target.value);
        }}
        onKeyDown={({ key }) => {
          if (key === 'Enter' && typed.trim() !== '') choose(typed.trim());
        }}
        onBlur={() => {
          if (typed.trim() === '') type(sensorId);
          else if (typed.trim() !== sensorId) choose(typed.trim());
        }}
      />
      <SensorOptions id={list} typed={typed === sensorId ? '' : typed} zone={zone} />
    </label>
  );
}
