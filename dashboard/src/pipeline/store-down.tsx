import type { ReactNode } from 'react';

import type { PipelineStatus } from '../api/schemas.js';
import { formatDuration } from '../common/format.js';
import type { Sample } from './samples.js';

/** Explains, while the store is down, what that means and for how long the journal has room. */
export function StoreDown({ status, last }: { status: PipelineStatus; last: Sample | undefined }): ReactNode {
  if (status.store === 'up') return undefined;
  const left = status.journalMaxBytes - status.journalBytes;
  const growth = last?.journalGrowth ?? 0;
  return (
    <div className="notice bad">
      <span role="status">
        <strong>The store does not answer.</strong> The gateway still accepts readings. They wait in the
        journal, and go to the store once it is back.
      </span>{' '}
      {growth > 0 &&
        left > 0 &&
        `At the current rate the journal is full in ${formatDuration(left / growth)}.`}
    </div>
  );
}
