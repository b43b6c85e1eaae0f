import type { ReactNode } from 'react';

import type { Key } from '../api/schemas.js';

const STYLES = {
  active: { state: 'normal', shape: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8.2l2 2 4-4.2' },
  expired: { state: 'stale', shape: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.5 2' },
  revoked: { state: 'silent', shape: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M3.5 3.5l9 9' },
} as const;

/** The state of a key, as colour, shape and word. */
export function KeyState({ state }: { state: Key['state'] }): ReactNode {
  const style = STYLES[state];
  return (
    <span className={`state chip is-${style.state}`}>
      <svg
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinejoin="round"
        aria-hidden
      >
        <path d={style.shape} />
      </svg>
      {state}
    </span>
  );
}
