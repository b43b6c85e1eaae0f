import type { ReactNode } from 'react';

import { RequestError } from '../api/client.js';

/** Shows an error in the gateway's words; nothing while there is none. */
export function ErrorNotice({ error }: { error: Error | null | undefined }): ReactNode {
  if (!error) return undefined;
  const errors = error instanceof RequestError ? error.errors : [];
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
