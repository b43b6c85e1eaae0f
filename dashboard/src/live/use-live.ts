import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { SensorsSnapshot, LiveSensor } from './live-sensors.js';
import type { Connection } from './event-stream.js';
import { live } from './live.js';
import type { SparklinePoint } from './sparklines.js';

/** Renders anew when the sensor changes, once a frame at most. */
export function useSensor(sensorId: string): LiveSensor | undefined {
  const subscribe = useCallback(
    (changed: () => void) => live.sensors.subscribeTo(sensorId, changed),
    [sensorId],
  );
  return useSyncExternalStore(subscribe, () => live.sensors.get(sensorId));
}

/**
 * Renders anew when sensors, zones or states change.
 * @param againMs and each time that so much has passed, for what moves with every reading
 */
export function useSensors(againMs?: number): SensorsSnapshot {
  const view = useSyncExternalStore(live.sensors.subscribe, () => live.sensors.view);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (againMs === undefined) return;
    const timer = setInterval(() => setTurn((before) => before + 1), againMs);
    return () => {
      clearInterval(timer);
    };
  }, [againMs]);
  // A new list, so that what is made of it is made anew.
  return useMemo(() => (turn > 0 ? { ...view, sensors: [...view.sensors] } : view), [view, turn]);
}

export function useSparkline(sensorId: string): readonly SparklinePoint[] | undefined {
  const subscribe = useCallback(
    (changed: () => void) => live.sparklines.watch(sensorId, changed),
    [sensorId],
  );
  return useSyncExternalStore(subscribe, () => live.sparklines.get(sensorId));
}

export function useConnection(): Connection {
  return useSyncExternalStore(live.onConnection.add, () => live.connection);
}

/** Readings a second, over the last second. */
export function useReadingRate(): number {
  const [rate, setRate] = useState(0);
  useEffect(() => {
    let before = live.readings;
    let beforeMs = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      setRate(((live.readings - before) * 1000) / (now - beforeMs));
      before = live.readings;
      beforeMs = now;
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return rate;
}
