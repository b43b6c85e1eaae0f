import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';

import type { CreatedKey } from '../api/client.js';
import { setKey } from '../api/key.js';
import { deferSignIn, completeSignIn } from '../api/sign-in-state.js';
import { CopyLine } from '../components/copy-line.js';
import { Dialog } from '../components/dialog.js';
import { Time } from '../components/time.js';

interface SecretDialogProps {
  readonly made: CreatedKey;
  /** Whether it is a key's new secret, and not a new key. */
  readonly isRotated: boolean;
  /** Whether protection was off until now. */
  readonly isFirst: boolean;
  readonly onClose: () => void;
}

/** Shows a key this once, and lets this tab use it. */
export function SecretDialog({ made, isRotated, isFirst, onClose }: SecretDialogProps): ReactNode {
  const queries = useQueryClient();
  // The first key ends the serving of this page: it must not ask for a key before this one was shown.
  useEffect(deferSignIn, []);
  const maySign = made.role !== 'device' && (isFirst || made.current || !isRotated);
  const isUrgent = isFirst || made.current;
  const use = async (): Promise<void> => {
    setKey(made.key);
    completeSignIn();
    onClose();
    await queries.resetQueries();
  };
  return (
    <Dialog title={isRotated ? `New secret of “${made.name}”` : `Key “${made.name}”`}>
      <p>
        <strong>Copy it now: it is shown this once.</strong> The gateway keeps only its hash.
      </p>
      <div className="made-key">
        <CopyLine text={made.key} label={`key ${made.name}`} />
      </div>
      {isRotated && <OldSecret made={made} />}
      {isFirst && (
        <p className="notice">
          From now on the gateway serves nobody without a key: devices and dashboards need theirs, too.{' '}
          {maySign ? 'This tab can go on with the new one.' : 'A device’s key does not open this page.'}
        </p>
      )}
      <p className="muted">
        A client sends it as <code>Authorization: Bearer …</code>, as <code>Authorization: Token …</code> or
        as <code>X-API-Key: …</code>.
      </p>
      <div className="row">
        {maySign && (
          <button
            type="button"
            className={isUrgent ? 'primary' : ''}
            autoFocus={isUrgent}
            onClick={() => void use()}
          >
            Use it in this tab
          </button>
        )}
        <button type="button" className={isUrgent && maySign ? '' : 'primary'} onClick={onClose}>
          I have copied it
        </button>
      </div>
    </Dialog>
  );
}

function OldSecret({ made }: { made: CreatedKey }): ReactNode {
  return (
    <p>
      {made.oldSecretEndsAt ? (
        <>
          The old secret is good until <Time timeMs={Date.parse(made.oldSecretEndsAt)} />.
        </>
      ) : (
        'The old secret opens nothing any more.'
      )}
    </p>
  );
}
