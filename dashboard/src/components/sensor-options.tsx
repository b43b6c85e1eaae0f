import { type ReactNode, useMemo } from 'react';

import { useSensors } from '../live/use-live.js';

/** Nobody reads more options, and 10,000 make typing slow. */
const MAX_OPTIONS = 50;
const NAMES = new Intl.Collator(undefined, { numeric: true });

interface SensorOptionsProps {
  /** The value of the input's `list` attribute. */
  readonly id: string;
  /** The text typed so far. */
  readonly typed: string;
  /** Offers only sensors of this zone; '' for all. */
  readonly zone?: string;
}

/** Suggests known sensors for an input. */
export function SensorOptions({ id, typed, zone = '' }: SensorOptionsProps): ReactNode {
  const sensorIds = useSensorIds(zone);
  const options = useMemo(() => {
    const search = typed.toLowerCase();
    const found: string[] = [];
    for (const sensorId of sensorIds) {
      if (sensorId.toLowerCase().includes(search)) found.push(sensorId);
      if (found.length === MAX_OPTIONS) break;
    }
    return found;
  }, [sensorIds, typed]);
  return (
    <datalist id={id}>
      {options.map((sensorId) => (
        <option key={sensorId} value={sensorId} />
      ))}
    </datalist>
  );
}

/** The known sensors, ordered by name. @param zone only those of this zone; '' for all */
export function useSensorIds(zone = ''): readonly string[] {
  const { sensors } = useSensors();
  return useMemo(
    () =>
      sensors
        .filter((sensor) => !zone || sensor.zone === zone)
        .map(({ sensorId }) => sensorId)
        .sort(NAMES.compare),
    [sensors, zone],
  );
}

/** The known zones, ordered by name. @param selected is always among them, unless it is '' */
export function useZones(selected = ''): readonly string[] {
  const { sensors } = useSensors();
  return useMemo(() => {
    const zones = new Set(sensors.map(({ zone }) => zone));
    if (selected) zones.add(selected);
    return [...zones].sort(NAMES.compare);
  }, [sensors, selected]);
}
