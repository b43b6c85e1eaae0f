import { useSyncExternalStore } from 'react';

/** Smaller differences are ignored: the Date header has whole seconds, and a response takes time to arrive. */
const TOLERANCE_MS = 2_000;
let offsetMs = 0;

/** Learns the gateway's time from a Date header, so that "12 s ago" is right even if this machine's clock is wrong. */
export function syncClock(dateHeader: string | null): void {
  const serverMs = Date.parse(dateHeader ?? '');
  if (Number.isNaN(serverMs)) return;
  const differenceMs = serverMs - Date.now();
  offsetMs = Math.abs(differenceMs) < TOLERANCE_MS ? 0 : differenceMs;
}

/** The gateway's time, milliseconds since the Unix epoch. */
export function nowMs(): number {
  return Date.now() + offsetMs;
}

const listeners = new Set<() => void>();
let seconds = Math.floor(Date.now() / 1000);

setInterval(() => {
  seconds = Math.floor(Date.now() / 1000);
  for (const listener of listeners) listener();
}, 1000);

/** Renders again each second. @returns the gateway's time, milliseconds since the Unix epoch */
export function useNow(): number {
  useSyncExternalStore(
    (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    () => seconds,
  );
  return nowMs();
}
