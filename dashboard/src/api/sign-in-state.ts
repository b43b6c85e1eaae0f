import { useSyncExternalStore } from 'react';

let reason: string | undefined;
/** How many parts of the page must show something first. */
let deferrals = 0;
const listeners = new Set<() => void>();

/** Opens the sign-in dialog. @param message from the gateway */
export function requestSignIn(message: string): void {
  if (reason !== undefined) return;
  reason = message;
  for (const listener of listeners) listener();
}

export function completeSignIn(): void {
  reason = undefined;
  for (const listener of listeners) listener();
}

/** Holds the dialog back while something is visible that is shown only once, such as a new key. @returns ends this */
export function deferSignIn(): () => void {
  deferrals += 1;
  for (const listener of listeners) listener();
  return () => {
    deferrals -= 1;
    for (const listener of listeners) listener();
  };
}

/** Why the gateway wants a key; undefined while it does not. */
export function useSignInReason(): string | undefined {
  return useSyncExternalStore(
    (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    () => (deferrals > 0 ? undefined : reason),
  );
}
