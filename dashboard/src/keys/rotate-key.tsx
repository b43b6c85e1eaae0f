import { type ReactNode, type SubmitEvent, useState } from 'react';

import { api, dataOf, RequestError } from '../api/client.js';
import type { CreatedKey, Key } from '../api/schemas.js';
import { Dialog } from '../components/dialog.js';
import { ErrorNotice } from '../components/error-notice.js';
import { Field } from '../components/field.js';

const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

interface RotateKeyProps {
  readonly apiKey: Key;
  readonly onCreated: (key: CreatedKey) => void;
  readonly onClose: () => void;
}

/** Gives a key a new secret; the user chooses how long the old one stays valid. */
export function RotateKey({ apiKey, onCreated, onClose }: RotateKeyProps): ReactNode {
  const [amount, setAmount] = useState('24');
  const [unit, setUnit] = useState<Unit>('hours');
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const graceSeconds = Number(amount) * UNITS[unit];
  const rotate = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const params = { path: { id: apiKey.id } };
      onCreated(await dataOf(api.POST('/api/keys/{id}/rotate', { params, body: { graceSeconds } })));
    } catch (thrown) {
      setError(thrown as Error);
      setBusy(false);
    }
  };
  const problem = error instanceof RequestError ? error.errors[0]?.message : undefined;
  return (
    <Dialog title={`Rotate “${apiKey.name}”`} onClose={onClose}>
      <p>
        The key gets a new secret. Its id, role and restrictions stay. The old secret stays valid for a while,
        so that clients keep working until you have updated them.
      </p>
      <form className="stack" onSubmit={(event) => void rotate(event)}>
        <div className="grace">
          <Field
            label="Old secret stays valid for"
            hint={
              graceSeconds === 0
                ? 'The old secret ends at once: clients are refused until you update them'
                : 'From 0 to 365 days'
            }
            problem={problem}
          >
            {(attributes) => (
              <input
                {...attributes}
                type="number"
                min={0}
                step="any"
                required
                autoFocus
                value={amount}
                onChange={({ target }) => setAmount(target.value)}
              />
            )}
          </Field>
          <label>
            <span className="hidden">Unit</span>
            <select value={unit} onChange={({ target }) => setUnit(target.value as Unit)}>
              {Object.keys(UNITS).map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </div>
        {problem === undefined && <ErrorNotice error={error} />}
        <div className="row">
          <button type="submit" className="primary" disabled={isBusy}>
            Rotate
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
