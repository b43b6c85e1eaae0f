import { type ReactNode, useMemo } from 'react';

import { useSensors } from '../live/use-live.js';

/** Offered at once; beyond it nobody reads, and 10,000 options make typing slow. */
const MAX_OFFERED = 50;
const NAMES = new Intl.Collator(undefined, { numeric: true });

interface SensorOptionsProps {
  /** What an input names as its list. */
  readonly id: string;
  /** What was typed so far. */
  readonly typed: string;
  /** The zone in which they stand; '' for all. */
  readonly zone?: string;
}

/** Offers the sensors that are known, to an input whose list it is. */
export function SensorOptions({ id, typed, zone = '' }: SensorOptionsProps): ReactNode {
  const sensorIds = useSensorIds(zone);
  const offered = useMemo(() => {
    const search = typed.toLowerCase();
    const found: string[] = [];
    for (const sensorId of sensorIds) {
      if (sensorId.toLowerCase().includes(search)) found.push(sensorId);
      if (found.length === MAX_OFFERED) break;
    }
    return found;
  }, [sensorIds, typed]);
  return (
    <datalist id={id}>
      {offered.map((sensorId) => (
        <option key={sensorId} value={sensorId} />
      ))}
    </datalist>
  );
}

/** The sensors that are known, in the order of their names. @param zone those that stand in it; '' for all */
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

/** The zones that are known, in the order of their names. @param chosen is among them in any case, unless it is '' */
export function useZones(chosen = ''): readonly string[] {
  const { sensors } = useSensors();
  return useMemo(() => {
    const zones = new Set(sensors.map(({ zone }) => zone));
    if (chosen) zones.add(chosen);
    return [...zones].sort(NAMES.compare);
  }, [sensors, chosen]);
}
