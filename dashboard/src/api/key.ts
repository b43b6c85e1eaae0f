import { useSyncExternalStore } from 'react';

const ITEM = 'predictionx-key';
const listeners = new Set<() => void>();

/** The key that this tab signs its requests with; '' for none. It is forgotten when the tab is closed. */
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

/** What signs a request. */
export function keyHeaders(): Record<string, string> {
  const key = currentKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}
