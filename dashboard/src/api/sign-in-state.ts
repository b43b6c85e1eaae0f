import { useSyncExternalStore } from 'react';

let wanted: string | undefined;
const listeners = new Set<() => void>();

/** Shows the sign-in. @param why what the gateway said */
export function askForKey(why: string): void {
  if (wanted !== undefined) return;
  wanted = why;
  for (const listener of listeners) listener();
}

export function signedIn(): void {
  wanted = undefined;
  for (const listener of listeners) listener();
}

/** Why a key is asked for; undefined while none is. */
export function useWantedKey(): string | undefined {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => wanted,
  );
}
