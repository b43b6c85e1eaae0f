import type { ReactNode } from 'react';

import { api, type Key } from '../api/client.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';

interface RevokeKeyProps {
  readonly of: Key;
  /** Whether no other key that is good may manage keys, as far as the list tells. */
  readonly isLastAdmin: boolean;
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

/** Asks before a key is refused for good. */
export function RevokeKey({ of, isLastAdmin, onRevoked, onClose }: RevokeKeyProps): ReactNode {
  const revoke = async (): Promise<void> => {
    await api.DELETE('/api/keys/{id}', { params: { path: { id: of.id } } });
    onRevoked();
  };
  return (
    <ConfirmDialog title={`Revoke “${of.name}”?`} action="Revoke" act={revoke} onClose={onClose}>
      <div className="stack">
        {of.current && (
          <p className="notice bad">
            <strong>This tab itself uses this key.</strong> It will ask for another one at once.
          </p>
        )}
        {isLastAdmin && (
          <p className="notice bad">
            <strong>It is the last admin’s key in the list.</strong> Unless ADMIN_KEY is configured, keys can
            then be made only on the gateway’s machine: <code>npm run keys</code>.
          </p>
        )}
        <p>
          Whoever uses it is refused with the next request, and what it has open ends. That cannot be taken
          back; the key stays in the list as revoked.
        </p>
      </div>
    </ConfirmDialog>
  );
}
