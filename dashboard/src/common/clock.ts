import { useSyncExternalStore } from 'react';

/** The Date header has whole seconds, and an answer is under way for a while: less than this is no difference. */
const TOLERANCE_MS = 2_000;
let aheadMs = 0;

/** Takes the gateway's time from an answer, so that "12 s ago" is right on a machine whose clock is wrong. */
export function syncClock(date: string | null): void {
  const serverMs = Date.parse(date ?? '');
  if (Number.isNaN(serverMs)) return;
  const differenceMs = serverMs - Date.now();
  aheadMs = Math.abs(differenceMs) < TOLERANCE_MS ? 0 : differenceMs;
}

/** The gateway's time, milliseconds since the Unix epoch. */
export function nowMs(): number {
  return Date.now() + aheadMs;
}

const listeners = new Set<() => void>();
let seconds = Math.floor(Date.now() / 1000);

setInterval(() => {
  seconds = Math.floor(Date.now() / 1000);
  for (const listener of listeners) listener();
}, 1000);

/** Renders anew each second. @returns the gateway's time, milliseconds since the Unix epoch */
export function useNow(): number {
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => seconds,
  );
  return nowMs();
}
