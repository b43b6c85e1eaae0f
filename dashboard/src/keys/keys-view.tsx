import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { api, dataOf, RequestError } from '../api/client.js';
import type { CreatedKey, Key } from '../api/schemas.js';
import { useKey } from '../api/key.js';
import { linkTo, navigate, useLocation } from '../common/location.js';
import { ErrorNotice } from '../components/error-notice.js';
import { View } from '../components/view.js';
import { CreateKey } from './create-key.js';
import { FirstKey } from './first-key.js';
import { KeyTable } from './key-table.js';
import './keys.css';
import { RevokeKey } from './revoke-key.js';
import { RotateKey } from './rotate-key.js';
import { SecretDialog } from './secret-dialog.js';

const REFRESH_MS = 5_000;

/** The open dialog, other than the form for a new key. */
type OpenDialog =
  | { readonly kind: 'rotate' | 'revoke'; readonly apiKey: Key }
  | {
      readonly kind: 'secret';
      readonly created: CreatedKey;
      readonly isRotated: boolean;
      readonly isFirst: boolean;
    };

/** API keys, for admins only. */
export function KeysView(): ReactNode {
  const { query } = useLocation();
  const key = useKey();
  const [dialog, setDialog] = useState<OpenDialog>();
  const queries = useQueryClient();
  const { data: keys, error } = useQuery({
    queryKey: ['keys', key],
    queryFn: ({ signal }) => dataOf(api.GET('/api/keys', { signal })),
    refetchInterval: ({ state }) => (state.error ? false : REFRESH_MS),
  });
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['keys'] });
  const close = (): void => {
    setDialog(undefined);
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
            Create a key
          </button>
        )
      }
    >
      <ErrorNotice error={error} />
      {!keys && !error && <p className="muted">Loading …</p>}
      {isFirst && <FirstKey create={create} />}
      {keys && !isFirst && <KeyList keys={keys} open={setDialog} />}
      {isCreating && (
        <CreateKey
          isFirst={isFirst}
          onClose={stopCreating}
          onCreated={(created) => {
            stopCreating();
            setDialog({ kind: 'secret', created, isRotated: false, isFirst });
            if (!isFirst) refresh();
          }}
        />
      )}
      {dialog?.kind === 'rotate' && (
        <RotateKey
          apiKey={dialog.apiKey}
          onClose={close}
          onCreated={(created) => setDialog({ kind: 'secret', created, isRotated: true, isFirst: false })}
        />
      )}
      {dialog?.kind === 'revoke' && (
        <RevokeKey
          apiKey={dialog.apiKey}
          isLastAdmin={dialog.apiKey.role === 'admin' && keys?.filter(isActiveAdmin).length === 1}
          onRevoked={refresh}
          onClose={close}
        />
      )}
      {dialog?.kind === 'secret' && <SecretDialog {...dialog} onClose={close} />}
    </View>
  );
}

/** The parameters of the URL that stay when a dialog opens. */
function stateOf(query: URLSearchParams): { state: string | undefined } {
  return { state: query.get('state') ?? undefined };
}

function isActiveAdmin({ role, state }: Key): boolean {
  return role === 'admin' && state === 'active';
}

function KeyList({ keys, open }: { keys: readonly Key[]; open: (dialog: OpenDialog) => void }): ReactNode {
  const isActiveOnly = useLocation().query.get('state') === 'active';
  const active = keys.filter(({ state }) => state === 'active');
  const inactive = keys.filter(({ state }) => state !== 'active');
  const shown = isActiveOnly ? active : [...active, ...inactive];
  return (
    <>
      {inactive.length > 0 && (
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
            rotate={(apiKey) => open({ kind: 'rotate', apiKey })}
            revoke={(apiKey) => open({ kind: 'revoke', apiKey })}
          />
        ) : (
          <p className="padded muted">
            No keys. This tab uses the configured <code>ADMIN_KEY</code>, which is not listed.
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
      <h2>Only admins can see keys</h2>
      <p>
        This tab uses a reader key, which can view data, but not change anything. To manage keys, sign out and
        sign in with an admin key. To create one, run this on the gateway’s machine:
      </p>
      <p>
        <code>npm run keys -- create --name me --role admin</code>
      </p>
    </section>
  );
}
