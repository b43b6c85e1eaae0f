import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { navigate, linkTo, useLocation } from '../common/location.js';
import { api, dataOf, type Key, type CreatedKey, RequestError } from '../api/client.js';
import { useKey } from '../api/key.js';
import { ErrorNotice } from '../components/error-notice.js';
import { View } from '../components/view.js';
import { CreateKey } from './create-key.js';
import { FirstKey } from './first-key.js';
import { KeyTable } from './key-table.js';
import './keys.css';
import { SecretDialog } from './secret-dialog.js';
import { RevokeKey } from './revoke-key.js';
import { RotateKey } from './rotate-key.js';

const EVERY_MS = 5_000;

/** What stands before the list, if anything does. */
type Open =
  | { readonly what: 'rotate' | 'revoke'; readonly of: Key }
  | {
      readonly what: 'made';
      readonly made: CreatedKey;
      readonly isRotated: boolean;
      readonly isFirst: boolean;
    };

/** Who may do what: keys, for admins alone. */
export function KeysView(): ReactNode {
  const { query } = useLocation();
  const key = useKey();
  const [open, setOpen] = useState<Open>();
  const queries = useQueryClient();
  const { data: keys, error } = useQuery({
    queryKey: ['keys', key],
    queryFn: ({ signal }) => dataOf(api.GET('/api/keys', { signal })),
    refetchInterval: ({ state }) => (state.error ? false : EVERY_MS),
  });
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['keys'] });
  const close = (): void => {
    setOpen(undefined);
    refresh();
  };

  if (error instanceof RequestError && error.status === 403)
    return (
      <View title="Keys">
        <Forbidden error={error} />
      </View>
    );
  const isFirst = key === '' && keys?.length === 0;
  const isCreating = query.get('new') !== null && keys !== undefined;
  const create = (): void => navigate(['keys'], { ...stateOf(query), new: 'yes' });
  const stopCreating = (): void => navigate(['keys'], stateOf(query), true);
  return (
    <View
      title="Keys"
      actions={
        keys &&
        !isFirst && (
          <button type="button" className="primary" onClick={create}>
            Make a key
          </button>
        )
      }
    >
      <ErrorNotice error={error} />
      {!keys && !error && <p className="muted">Loading …</p>}
      {isFirst && <FirstKey create={create} />}
      {keys && !isFirst && <KeyList keys={keys} open={setOpen} />}
      {isCreating && (
        <CreateKey
          isFirst={isFirst}
          onClose={stopCreating}
          onCreated={(made) => {
            stopCreating();
            setOpen({ what: 'made', made, isRotated: false, isFirst });
            if (!isFirst) refresh();
          }}
        />
      )}
      {open?.what === 'rotate' && (
        <RotateKey
          of={open.of}
          onClose={close}
          onCreated={(made) => setOpen({ what: 'made', made, isRotated: true, isFirst: false })}
        />
      )}
      {open?.what === 'revoke' && (
        <RevokeKey
          of={open.of}
          isLastAdmin={open.of.role === 'admin' && keys?.filter(isActiveAdmin).length === 1}
          onRevoked={refresh}
          onClose={close}
        />
      )}
      {open?.what === 'made' && <SecretDialog {...open} onClose={close} />}
    </View>
  );
}

/** What of the address stays when a dialog is opened. */
function stateOf(query: URLSearchParams): { state: string | undefined } {
  return { state: query.get('state') ?? undefined };
}

function isActiveAdmin({ role, state }: Key): boolean {
  return role === 'admin' && state === 'active';
}

function KeyList({ keys, open }: { keys: readonly Key[]; open: (what: Open) => void }): ReactNode {
  const isActiveOnly = useLocation().query.get('state') === 'active';
  const active = keys.filter(({ state }) => state === 'active');
  const over = keys.filter(({ state }) => state !== 'active');
  const shown = isActiveOnly ? active : [...active, ...over];
  return (
    <>
      {over.length > 0 && (
        <nav className="choice key-choice" aria-label="Which keys">
          <a className="button" href={linkTo(['keys'])} aria-current={!isActiveOnly}>
            All {keys.length}
          </a>
          <a className="button" href={linkTo(['keys'], { state: 'active' })} aria-current={isActiveOnly}>
            Active {active.length}
          </a>
        </nav>
      )}
      <section className="card keys">
        {shown.length > 0 ? (
          <KeyTable
            keys={shown}
            rotate={(of) => open({ what: 'rotate', of })}
            revoke={(of) => open({ what: 'revoke', of })}
          />
        ) : (
          <p className="padded muted">
            None. The key that this tab uses is configured (<code>ADMIN_KEY</code>), and is not listed.
          </p>
        )}
      </section>
    </>
  );
}

function Forbidden({ error: { code, message } }: { error: RequestError }): ReactNode {
  if (code !== 'ROLE_NOT_ALLOWED') return <p className="notice">{message}</p>;
  return (
    <section className="card padded stack">
      <h2>Only admins see keys</h2>
      <p>
        The key of this tab is a reader’s: it sees all that is measured, and changes nothing. Sign out, and in
        again with an admin’s key; whoever runs the gateway can make one:
      </p>
      <p>
        <code>npm run keys -- create --name me --role admin</code>
      </p>
    </section>
  );
}
