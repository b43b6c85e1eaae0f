import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { Connection } from './event-stream.js';
import type { LiveSensor, SensorsSnapshot } from './live-sensors.js';
import { live } from './live.js';
import type { SparklinePoint } from './sparklines.js';

/** A sensor; renders again when it changes, at most once per frame. */
export function useSensor(sensorId: string): LiveSensor | undefined {
  const subscribe = useCallback(
    (onChange: () => void) => live.sensors.subscribeTo(sensorId, onChange),
    [sensorId],
  );
  return useSyncExternalStore(subscribe, () => live.sensors.get(sensorId));
}

/**
 * All sensors; renders again when a sensor, zone or state changes.
 * @param refreshMs renders again after each such interval, for lists that depend on values
 */
export function useSensors(refreshMs?: number): SensorsSnapshot {
  const snapshot = useSyncExternalStore(live.sensors.subscribe, () => live.sensors.snapshot);
  const [refreshes, setRefreshes] = useState(0);
  useEffect(() => {
    if (refreshMs === undefined) return;
    const timer = setInterval(() => setRefreshes((count) => count + 1), refreshMs);
    return () => {
      clearInterval(timer);
    };
  }, [refreshMs]);
  // A new array, so that memoized results are computed again.
  return useMemo(
    () => (refreshes > 0 ? { ...snapshot, sensors: [...snapshot.sensors] } : snapshot),
    [snapshot, refreshes],
  );
}

export function useSparkline(sensorId: string): readonly SparklinePoint[] | undefined {
  const subscribe = useCallback(
    (onChange: () => void) => live.sparklines.watch(sensorId, onChange),
    [sensorId],
  );
  return useSyncExternalStore(subscribe, () => live.sparklines.get(sensorId));
}

export function useConnection(): Connection {
  return useSyncExternalStore(live.onConnection.add, () => live.connection);
}

/** Whether sensors are missing because the gateway is still loading them from its store. */
export function useIsIncomplete(): boolean {
  return useSyncExternalStore(live.onIncomplete.add, () => live.isIncomplete);
}

/** Readings per second, over the last second. */
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
