import { type ReactNode, useEffect, useRef } from 'react';

import { MAX_TIME_MS, MIN_TIME_MS } from '../common/time-limits.js';
import { timeOf } from './log-filter.js';

interface TimeFieldProps {
  readonly label: string;
  /** As in the URL; '' for none. */
  readonly value: string;
  readonly onSelect: (value: string) => void;
}

/** A time in the user's time zone. Uncontrolled, so that it does not delete an incomplete date while someone types. */
export function TimeField({ label, value, onSelect }: TimeFieldProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const shown = localText(value);
    if (input.current && input.current.value !== shown) input.current.value = shown;
  }, [value]);
  return (
    <label className="row time-field">
      {label}
      <input
        ref={input}
        type="datetime-local"
        defaultValue={localText(value)}
        onChange={({ target }) => {
          const timeMs = Date.parse(target.value);
          // Not while a year is half typed.
          if (timeMs >= MIN_TIME_MS && timeMs < MAX_TIME_MS) onSelect(new Date(timeMs).toISOString());
        }}
      />
    </label>
  );
}

/** The format of such an input; '' for what is not a time. */
function localText(value: string): string {
  const timeMs = timeOf(value, Date.now());
  if (Number.isNaN(timeMs)) return '';
  const local = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
