import { useSyncExternalStore } from 'react';

import { Listeners } from './listeners.js';

export type Theme = 'system' | 'light' | 'dark';

const ITEM = 'predictionx-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Listeners();

/** Shows the theme that was chosen in this browser. */
export function applyTheme(): void {
  const theme = chosenTheme();
  const isDark = theme === 'dark' || (theme === 'system' && system.matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  listeners.tell();
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

/** Renders anew when the theme changes. @returns what is shown */
export function useShownTheme(): 'light' | 'dark' {
  return useSyncExternalStore(listeners.add, () =>
    document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light',
  );
}

/** A colour of the theme as it is now, for a canvas. @param name of the custom property, such as --line */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
