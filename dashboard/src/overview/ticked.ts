import { useSyncExternalStore } from 'react';

import { Listeners } from '../common/listeners.js';

/** Sensors that fit on one chart. */
export const MAX_TICKED = 8;

/** The sensors that the user ticked for a comparison; they stay ticked while other views are open. */
export interface Ticked {
  readonly sensorIds: readonly string[];
  /** Whether the last tick was refused, because there are MAX_TICKED already. */
  readonly isRefused: boolean;
}

const NONE: Ticked = { sensorIds: [], isRefused: false };
const listeners = new Listeners();
let ticked = NONE;

function set(next: Ticked): void {
  ticked = next;
  listeners.notify();
}

/** Ticks a sensor, or takes its tick away. */
export function toggleTick(sensorId: string): void {
  const { sensorIds } = ticked;
  if (sensorIds.includes(sensorId))
    set({ sensorIds: sensorIds.filter((other) => other !== sensorId), isRefused: false });
  else if (sensorIds.length >= MAX_TICKED) set({ sensorIds, isRefused: true });
  else set({ sensorIds: [...sensorIds, sensorId], isRefused: false });
}

export function clearTicks(): void {
  set(NONE);
}

export function useTicked(): Ticked {
  return useSyncExternalStore(listeners.add, () => ticked);
}

/** Whether a sensor is ticked; renders again only when this changes. */
export function useIsTicked(sensorId: string): boolean {
  return useSyncExternalStore(listeners.add, () => ticked.sensorIds.includes(sensorId));
}
