import type { ReactNode } from 'react';

import { api } from '../api/client.js';
import type { Key } from '../api/schemas.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';

interface RevokeKeyProps {
  readonly apiKey: Key;
  /** Whether the list has no other active admin key. */
  readonly isLastAdmin: boolean;
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

/** Revokes a key after confirmation. */
export function RevokeKey({ apiKey, isLastAdmin, onRevoked, onClose }: RevokeKeyProps): ReactNode {
  const revoke = async (): Promise<void> => {
    await api.DELETE('/api/keys/{id}', { params: { path: { id: apiKey.id } } });
    onRevoked();
  };
  return (
    <ConfirmDialog title={`Revoke “${apiKey.name}”?`} action="Revoke" act={revoke} onClose={onClose}>
      <div className="stack">
        {apiKey.current && (
          <p className="notice bad">
            <strong>This tab uses this key.</strong> It will ask for another one at once.
          </p>
        )}
        {isLastAdmin && (
          <p className="notice bad">
            <strong>This is the last admin key in the list.</strong> Unless ADMIN_KEY is configured, you can
            then create keys only on the gateway’s machine: <code>npm run keys</code>.
          </p>
        )}
        <p>
          The gateway refuses the next request with this key, and ends its open streams and downloads. You
          cannot undo this. The key stays in the list as revoked.
        </p>
      </div>
    </ConfirmDialog>
  );
}
