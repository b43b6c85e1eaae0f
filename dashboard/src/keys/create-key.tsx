import { type ReactNode, type SubmitEvent, useState } from 'react';

import { api, dataOf, RequestError } from '../api/client.js';
import type { CreatedKey } from '../api/schemas.js';
import { nowMs } from '../common/clock.js';
import { Dialog } from '../components/dialog.js';
import { ErrorNotice } from '../components/error-notice.js';
import { Field } from '../components/field.js';
import {
  EMPTY_DRAFT,
  type FieldErrors,
  isPast,
  type KeyDraft,
  type Role,
  ROLES,
  toNewKey,
} from './key-draft.js';
import { KeyRestrictionFields } from './key-restriction-fields.js';

interface CreateKeyProps {
  /** Whether this is the first key, which turns protection on. */
  readonly isFirst: boolean;
  readonly onCreated: (key: CreatedKey) => void;
  readonly onClose: () => void;
}

/** The form for a new key. */
export function CreateKey({ isFirst, onCreated, onClose }: CreateKeyProps): ReactNode {
  const [draft, setDraft] = useState<KeyDraft>({ ...EMPTY_DRAFT, role: isFirst ? 'admin' : 'device' });
  const [errors, setErrors] = useState<FieldErrors>({});
  const [failure, setFailure] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const change = (changes: Partial<KeyDraft>): void => setDraft((before) => ({ ...before, ...changes }));
  const isLockOut = isFirst && draft.role !== 'admin';

  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    setErrors({});
    if (isPast(draft.expires, nowMs())) {
      setErrors({ expiresAt: 'This time is in the past: the key would never work.' });
      return;
    }
    setBusy(true);
    try {
      onCreated(await dataOf(api.POST('/api/keys', { body: toNewKey(draft) })));
    } catch (error) {
      const problems = error instanceof RequestError ? error.errors : [];
      setErrors(byField(problems));
      if (problems.length === 0) setFailure(error as Error);
      setBusy(false);
    }
  };

  return (
    <Dialog title={isFirst ? 'Create the first key' : 'Create a key'} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void create(event)}>
        <Field label="Name" hint="For people, such as “Pump house”" problem={errors.name}>
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
        <RoleChoice role={draft.role} onSelect={(role) => change({ role })} />
        {isLockOut && (
          <p className="notice bad" role="alert">
            <strong>Nobody could manage keys, rules or dead letters here any more.</strong> After the first
            key every request needs one, and a {draft.role} key cannot create others. Create an admin key
            first, or create one later on the gateway’s machine: <code>npm run keys</code>.
          </p>
        )}
        <KeyRestrictionFields draft={draft} errors={errors} change={change} />
        <ErrorNotice error={failure} />
        <div className="row">
          <button type="submit" className={isLockOut ? 'danger' : 'primary'} disabled={isBusy}>
            {isLockOut ? `Create a ${draft.role} key anyway` : 'Create key'}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Groups errors by field: an error of one list item belongs to the field of the list. */
function byField(errors: RequestError['errors']): FieldErrors {
  const fields: Record<string, string> = {};
  for (const { path, message } of errors) fields[/^[^.[]*/.exec(path)?.[0] ?? path] ??= message;
  return fields;
}

function RoleChoice({ role, onSelect }: { role: Role; onSelect: (role: Role) => void }): ReactNode {
  return (
    <fieldset className="role-choice">
      <legend>Role</legend>
      {(Object.entries(ROLES) as [Role, string][]).map(([name, description]) => (
        <label key={name}>
          <input
            type="radio"
            name="role"
            value={name}
            checked={role === name}
            onChange={() => onSelect(name)}
          />
          <span>
            <strong>{name}</strong> <span className="muted">{description}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
