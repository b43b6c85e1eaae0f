import { useSyncExternalStore } from 'react';

let wanted: string | undefined;
/** How many parts of the page have something to show first. */
let holds = 0;
const listeners = new Set<() => void>();

/** Shows the sign-in. @param why what the gateway said */
export function requestSignIn(why: string): void {
  if (wanted !== undefined) return;
  wanted = why;
  for (const listener of listeners) listener();
}

export function completeSignIn(): void {
  wanted = undefined;
  for (const listener of listeners) listener();
}

/** Keeps the sign-in away while something is shown that is not shown again, such as a new key. @returns what ends it */
export function deferSignIn(): () => void {
  holds += 1;
  for (const listener of listeners) listener();
  return () => {
    holds -= 1;
    for (const listener of listeners) listener();
  };
}

/** Why a key is asked for; undefined while none is. */
export function useSignInReason(): string | undefined {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => (holds > 0 ? undefined : wanted),
  );
}
