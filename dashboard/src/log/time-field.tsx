import { type ReactNode, useEffect, useRef } from 'react';

import { timeOf } from './log-filter.js';

interface TimeFieldProps {
  readonly label: string;
  /** As the address has it; '' for none. */
  readonly value: string;
  readonly choose: (value: string) => void;
}

/** A time by the reader's clock. It is theirs until it is whole: a date that is half typed is not taken away. */
export function TimeField({ label, value, choose }: TimeFieldProps): ReactNode {
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
          if (target.value) choose(new Date(target.value).toISOString());
        }}
      />
    </label>
  );
}

/** As such an input takes it; '' for what is no time. */
function localText(value: string): string {
  const timeMs = timeOf(value, Date.now());
  if (Number.isNaN(timeMs)) return '';
  const local = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
