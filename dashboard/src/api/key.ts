import { useSyncExternalStore } from 'react';

const ITEM = 'predictionx-key';
const listeners = new Set<() => void>();

/** The API key that this tab sends; '' for none. Closing the tab forgets it. */
export function currentKey(): string {
  return sessionStorage.getItem(ITEM) ?? '';
}

export function setKey(key: string): void {
  if (key) sessionStorage.setItem(ITEM, key);
  else sessionStorage.removeItem(ITEM);
  for (const listener of listeners) listener();
}

export function onKeyChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useKey(): string {
  return useSyncExternalStore(onKeyChange, currentKey);
}

/** The headers that carry the key. */
export function keyHeaders(): Record<string, string> {
  const key = currentKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}
