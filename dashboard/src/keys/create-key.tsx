import { type ReactNode, type SubmitEvent, useState } from 'react';

import { api, dataOf, type CreatedKey, RequestError } from '../api/client.js';
import { nowMs } from '../common/clock.js';
import { Dialog } from '../components/dialog.js';
import { ErrorNotice } from '../components/error-notice.js';
import { Field } from '../components/field.js';
import { KeyRestrictions } from './key-restrictions.js';
import {
  type KeyDraft,
  EMPTY_DRAFT,
  type FieldErrors,
  isPast,
  type Role,
  ROLES,
  toNewKey,
} from './key-draft.js';

interface CreateKeyProps {
  /** Whether it turns protection on. */
  readonly isFirst: boolean;
  readonly onCreated: (key: CreatedKey) => void;
  readonly onClose: () => void;
}

/** Asks what a new key is to be. */
export function CreateKey({ isFirst, onCreated, onClose }: CreateKeyProps): ReactNode {
  const [draft, setDraft] = useState<KeyDraft>({ ...EMPTY_DRAFT, role: isFirst ? 'admin' : 'device' });
  const [wrong, setWrong] = useState<FieldErrors>({});
  const [failure, setFailure] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const change = (changes: Partial<KeyDraft>): void => setDraft((before) => ({ ...before, ...changes }));
  const isLockOut = isFirst && draft.role !== 'admin';

  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    setWrong({});
    if (isPast(draft.expires, nowMs())) {
      setWrong({ expiresAt: 'This is past: such a key would open nothing.' });
      return;
    }
    setBusy(true);
    try {
      onCreated(await dataOf(api.POST('/api/keys', { body: toNewKey(draft) })));
    } catch (error) {
      const errors = error instanceof RequestError ? error.errors : [];
      setWrong(byField(errors));
      if (errors.length === 0) setFailure(error as Error);
      setBusy(false);
    }
  };

  return (
    <Dialog title={isFirst ? 'Make the first key' : 'Make a key'} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void create(event)}>
        <Field label="Name" hint="What people call it, such as “Pump house”" problem={wrong.name}>
          {(attributes) => (
            <input
              {...attributes}
              autoFocus
              required
              maxLength={128}
              autoComplete="off"
              value={draft.name}
              onChange={({ target }) => change({ name: target.value })}
            />
          )}
        </Field>
        <RoleChoice role={draft.role} choose={(role) => change({ role })} />
        {isLockOut && (
          <p className="notice bad" role="alert">
            <strong>Nobody could then manage keys, rules or dead letters here.</strong> The first key ends the
            serving of everybody without one, and a {draft.role}’s may not make another. Make an admin’s
            first, or make one on the gateway’s machine later: <code>npm run keys</code>.
          </p>
        )}
        <KeyRestrictions draft={draft} wrong={wrong} change={change} />
        <ErrorNotice error={failure} />
        <div className="row">
          <button type="submit" className={isLockOut ? 'danger' : 'primary'} disabled={isBusy}>
            {isLockOut ? `Make a ${draft.role}’s key all the same` : 'Make the key'}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What is wrong with a list's third name is wrong with the list. */
function byField(errors: RequestError['errors']): FieldErrors {
  const fields: Record<string, string> = {};
  for (const { path, message } of errors) fields[/^[^.[]*/.exec(path)?.[0] ?? path] ??= message;
  return fields;
}

function RoleChoice({ role, choose }: { role: Role; choose: (role: Role) => void }): ReactNode {
  return (
    <fieldset className="role-choice">
      <legend>Role</legend>
      {(Object.entries(ROLES) as [Role, string][]).map(([name, words]) => (
        <label key={name}>
          <input
            type="radio"
            name="role"
            value={name}
            checked={role === name}
            onChange={() => choose(name)}
          />
          <span>
            <strong>{name}</strong> <span className="muted">{words}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
