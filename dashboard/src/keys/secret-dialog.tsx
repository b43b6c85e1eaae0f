import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';

import type { CreatedKey } from '../api/schemas.js';
import { setKey } from '../api/key.js';
import { completeSignIn, deferSignIn } from '../api/sign-in-state.js';
import { CopyLine } from '../components/copy-line.js';
import { Dialog } from '../components/dialog.js';
import { Time } from '../components/time.js';

interface SecretDialogProps {
  readonly created: CreatedKey;
  /** Whether this is a new secret of an existing key. */
  readonly isRotated: boolean;
  /** Whether this is the first key, which has just turned protection on. */
  readonly isFirst: boolean;
  readonly onClose: () => void;
}

/** Shows the secret of a key, which is shown only once, and lets this tab use it. */
export function SecretDialog({ created, isRotated, isFirst, onClose }: SecretDialogProps): ReactNode {
  const queries = useQueryClient();
  // After the first key the gateway refuses this page. It must show the key before it asks for one.
  useEffect(deferSignIn, []);
  const canUse = created.role !== 'device' && (isFirst || created.current || !isRotated);
  const isNeeded = isFirst || created.current;
  const signIn = async (): Promise<void> => {
    setKey(created.key);
    completeSignIn();
    onClose();
    await queries.resetQueries();
  };
  return (
    <Dialog title={isRotated ? `New secret for “${created.name}”` : `Key “${created.name}”`}>
      <p>
        <strong>Copy it now: it is shown only once.</strong> The gateway stores only its hash.
      </p>
      <div className="secret">
        <CopyLine text={created.key} label={`key ${created.name}`} />
      </div>
      {isRotated && <OldSecret created={created} />}
      {isFirst && (
        <p className="notice">
          From now on every request needs a key, also from devices and dashboards.{' '}
          {canUse ? 'This tab can use the new key.' : 'A device key cannot open this page.'}
        </p>
      )}
      <p className="muted">
        A client sends it as <code>Authorization: Bearer …</code>, as <code>Authorization: Token …</code> or
        as <code>X-API-Key: …</code>.
      </p>
      <div className="row">
        {canUse && (
          <button
            type="button"
            className={isNeeded ? 'primary' : ''}
            autoFocus={isNeeded}
            onClick={() => void signIn()}
          >
            Use it in this tab
          </button>
        )}
        <button type="button" className={isNeeded && canUse ? '' : 'primary'} onClick={onClose}>
          I have copied it
        </button>
      </div>
    </Dialog>
  );
}

function OldSecret({ created }: { created: CreatedKey }): ReactNode {
  return (
    <p>
      {created.oldSecretEndsAt ? (
        <>
          The old secret is valid until <Time timeMs={Date.parse(created.oldSecretEndsAt)} />.
        </>
      ) : (
        'The old secret no longer works.'
      )}
    </p>
  );
}
