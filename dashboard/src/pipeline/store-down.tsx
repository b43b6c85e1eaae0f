import type { ReactNode } from 'react';

import type { PipelineStatus } from '../api/client.js';
import { formatDuration } from '../common/format.js';
import type { Sample } from './samples.js';

/** Says, while the store is away, what that means and how long it may last. */
export function StoreDown({ status, last }: { status: PipelineStatus; last: Sample | undefined }): ReactNode {
  if (status.store === 'up') return undefined;
  const left = status.journalMaxBytes - status.journalBytes;
  const growth = last?.growth ?? 0;
  return (
    <div className="notice bad">
      <span role="status">
        <strong>The store does not answer.</strong> Readings are accepted all the same, wait in the journal,
        and go on by themselves once it is back.
      </span>{' '}
      {growth > 0 &&
        left > 0 &&
        `As they come now, the journal has room for ${formatDuration(left / growth)}.`}
    </div>
  );
}
