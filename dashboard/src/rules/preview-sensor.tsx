import { type ReactNode, useEffect, useId, useState } from 'react';

import { SensorOptions, useSensorIds } from '../components/sensor-options.js';

interface PreviewSensorProps {
  readonly sensorId: string;
  readonly zone: string;
  /** Whether the rule applies to this one sensor. */
  readonly isFixed: boolean;
  readonly onSelect: (sensorId: string) => void;
}

/** Selects the sensor on whose history the rule is tried. */
export function PreviewSensor({ sensorId, zone, isFixed, onSelect }: PreviewSensorProps): ReactNode {
  const [typed, setTyped] = useState(sensorId);
  useEffect(() => setTyped(sensorId), [sensorId]);
  const known = useSensorIds(zone);
  const list = useId();
  if (isFixed) return sensorId && <strong className="preview-name">{sensorId}</strong>;
  return (
    <label className="row preview-sensor">
      <span>On</span>
      <input
        list={list}
        aria-label="Sensor for the preview"
        spellCheck={false}
        value={typed}
        onFocus={({ target }) => target.select()}
        onChange={({ target, nativeEvent }) => {
          setTyped(target.value);
          // Only when picked from the list: typed text may be the start of a longer name.
          if (!(nativeEvent instanceof InputEvent) && known.includes(target.value)) onSelect(target.value);
        }}
        onKeyDown={({ key }) => {
          if (key === 'Enter' && typed.trim() !== '') onSelect(typed.trim());
        }}
        onBlur={() => {
          if (typed.trim() === '') setTyped(sensorId);
          else if (typed.trim() !== sensorId) onSelect(typed.trim());
        }}
      />
      <SensorOptions id={list} typed={typed === sensorId ? '' : typed} zone={zone} />
    </label>
  );
}
