import { type ReactNode, useState } from 'react';

import { chooseTheme, chosenTheme, type Theme } from '../common/theme.js';

const NAMES: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

/** Light, dark, or the system's choice. */
export function ThemeSelect(): ReactNode {
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <label className="theme-select">
      <span className="hidden">Colours</span>
      <select
        value={theme}
        onChange={({ target }) => {
          const chosen = target.value as Theme;
          chooseTheme(chosen);
          setTheme(chosen);
        }}
      >
        {Object.entries(NAMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
