import type { ReactNode } from 'react';

import type { SensorState } from '../live/sensor-state.js';

/** Each state has a shape besides its colour, for people who cannot tell colours apart. */
const SHAPES: Readonly<Record<SensorState, ReactNode>> = {
  critical: <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5zM8 4v5M8 11v1" />,
  anomaly: <path d="M8 1.5 15 14.5H1zM8 6v4M8 11.5v1" />,
  silent: <path d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M4.5 8h7" />,
  stale: <path d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.5 2" />,
  late: <path d="M8 1.5a6.5 6.5 0 1 0 6.5 6.5M8 4.5V8h3M12 1.5v3M12 6.2v.3" />,
  normal: <path d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8.2l2 2 4-4.2" />,
};

interface StateBadgeProps {
  readonly state: SensorState;
  /** With a background. */
  readonly chip?: boolean;
  /** Shows only the shape; screen readers still read the word. */
  readonly brief?: boolean;
}

/** The state of a sensor, or the type of an event. */
export function StateBadge({ state, chip = false, brief = false }: StateBadgeProps): ReactNode {
  return (
    <span className={`state is-${state}${chip ? ' chip' : ''}`}>
      <svg
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinejoin="round"
        aria-hidden
      >
        {SHAPES[state]}
      </svg>
      {brief ? <span className="hidden">{state}</span> : state}
    </span>
  );
}
