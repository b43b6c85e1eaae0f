import type { ReactNode } from 'react';

/** Whether the store answers, as colour, shape and word. */
export function StoreBadge({ store }: { store: 'up' | 'down' }): ReactNode {
  const isUp = store === 'up';
  return (
    <span className={`state chip is-${isUp ? 'normal' : 'critical'}`}>
      <svg
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinejoin="round"
        aria-hidden
      >
        {isUp ? (
          <path d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8.2l2 2 4-4.2" />
        ) : (
          <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.5 5.5l5 5M10.5 5.5l-5 5" />
        )}
      </svg>
      {store}
    </span>
  );
}
