import { useSyncExternalStore } from 'react';

import { Listeners } from './listeners.js';

export type Theme = 'system' | 'light' | 'dark';

const ITEM = 'predictionx-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Listeners();

/** Applies the theme chosen in this browser. */
export function applyTheme(): void {
  const theme = chosenTheme();
  const isDark = theme === 'dark' || (theme === 'system' && system.matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  listeners.notify();
}

system.addEventListener('change', applyTheme);

export function chosenTheme(): Theme {
  const theme = localStorage.getItem(ITEM);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(ITEM, theme);
  applyTheme();
}

/** The theme in use; renders again when it changes. */
export function useShownTheme(): 'light' | 'dark' {
  return useSyncExternalStore(listeners.add, () =>
    document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light',
  );
}
