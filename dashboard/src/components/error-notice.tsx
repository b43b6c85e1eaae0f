import type { ReactNode } from 'react';

import { RequestFailed } from '../api/client.js';

/** What went wrong, as the gateway says it; nothing while nothing did. */
export function Failure({ error }: { error: Error | null | undefined }): ReactNode {
  if (!error) return undefined;
  const errors = error instanceof RequestFailed ? error.errors : [];
  return (
    <div className="notice bad" role="alert">
      <p>{error.message}</p>
      {errors.length > 1 && (
        <ul>
          {errors.map(({ path, message }) => (
            <li key={`${path} ${message}`}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
