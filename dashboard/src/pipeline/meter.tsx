import type { ReactNode } from 'react';

interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** The same as text. */
  readonly text: string;
}

/** The share that counts as nearly full, as in the system log. */
const NEARLY_FULL = 0.8;

/** A bar that shows how much of something is used. */
export function Meter({ label, value, max, text }: MeterProps): ReactNode {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div
      className={`meter${share >= NEARLY_FULL ? ' is-nearly-full' : ''}`}
      role="meter"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={Math.max(max, value)}
      aria-valuetext={text}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}
