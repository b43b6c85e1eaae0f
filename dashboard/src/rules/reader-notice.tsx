import type { ReactNode } from 'react';

/** Tells users whose key cannot change rules what it can do. */
export function ReaderNotice(): ReactNode {
  return (
    <p className="notice">
      Your key is a reader key: it can view rules and try them, but not change them. An admin key can.
    </p>
  );
}
