import { type ReactNode, type SubmitEvent, useState } from 'react';

import { api, dataOf, type Key, type CreatedKey, RequestError } from '../api/client.js';
import { Dialog } from '../components/dialog.js';
import { ErrorNotice } from '../components/error-notice.js';
import { Field } from '../components/field.js';

const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

interface RotateKeyProps {
  readonly of: Key;
  readonly onCreated: (key: CreatedKey) => void;
  readonly onClose: () => void;
}

/** Gives a key a new secret, once it is said for how long the old one is good. */
export function RotateKey({ of, onCreated, onClose }: RotateKeyProps): ReactNode {
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
      const params = { path: { id: of.id } };
      onCreated(await dataOf(api.POST('/api/keys/{id}/rotate', { params, body: { graceSeconds } })));
    } catch (thrown) {
      setError(thrown as Error);
      setBusy(false);
    }
  };
  const wrong = error instanceof RequestError ? error.errors[0]?.message : undefined;
  return (
    <Dialog title={`Rotate “${of.name}”`} onClose={onClose}>
      <p>
        It gets a new secret; its id, role and bounds stay. The old one stays good for a time, so that nothing
        stops while you bring the new one to where it is used.
      </p>
      <form className="stack" onSubmit={(event) => void rotate(event)}>
        <div className="grace">
          <Field
            label="Old secret stays good for"
            hint={
              graceSeconds === 0
                ? 'It ends at once: whoever uses it is refused until changed'
                : 'From 0 to 365 days'
            }
            problem={wrong}
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
        {wrong === undefined && <ErrorNotice error={error} />}
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
