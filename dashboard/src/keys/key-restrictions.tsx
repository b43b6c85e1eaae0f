import type { ReactNode } from 'react';

import { Field } from '../components/field.js';
import type { KeyDraft, FieldErrors } from './key-draft.js';

interface KeyRestrictionsProps {
  readonly draft: KeyDraft;
  readonly wrong: FieldErrors;
  readonly change: (changes: Partial<KeyDraft>) => void;
}

/** What bounds a key: sensors and zones for a device, and for all a time and limits. */
export function KeyRestrictions({ draft, wrong, change }: KeyRestrictionsProps): ReactNode {
  const isSet = draft.expires || draft.readingsPerSecond || draft.requestsPerSecond;
  const isWrong = wrong.expiresAt ?? wrong.readingsPerSecond ?? wrong.requestsPerSecond;
  return (
    <>
      {draft.role === 'device' && (
        <div className="key-pair">
          <Field label="Sensors" hint="One a line, * for any characters. Empty: all" problem={wrong.sensors}>
            {(attributes) => (
              <textarea
                {...attributes}
                rows={2}
                placeholder="pump_*"
                value={draft.sensors}
                onChange={({ target }) => change({ sensors: target.value })}
              />
            )}
          </Field>
          <Field label="Zones" hint="One a line, * for any characters. Empty: all" problem={wrong.zones}>
            {(attributes) => (
              <textarea
                {...attributes}
                rows={2}
                placeholder="hall_1"
                value={draft.zones}
                onChange={({ target }) => change({ zones: target.value })}
              />
            )}
          </Field>
        </div>
      )}
      <details open={isSet || isWrong ? true : undefined}>
        <summary>Expiry and limits</summary>
        <div className="stack">
          <Field label="Expires" hint="In your own time. Empty: never" problem={wrong.expiresAt}>
            {(attributes) => (
              <input
                {...attributes}
                type="datetime-local"
                value={draft.expires}
                onChange={({ target }) => change({ expires: target.value })}
              />
            )}
          </Field>
          <div className="key-pair">
            <Limit
              name="Readings a second"
              variable="LIMIT_KEY_READINGS"
              value={draft.readingsPerSecond}
              wrong={wrong.readingsPerSecond}
              change={(readingsPerSecond) => change({ readingsPerSecond })}
            />
            <Limit
              name="Requests a second"
              variable="LIMIT_KEY_REQUESTS"
              value={draft.requestsPerSecond}
              wrong={wrong.requestsPerSecond}
              change={(requestsPerSecond) => change({ requestsPerSecond })}
            />
          </div>
        </div>
      </details>
    </>
  );
}

interface LimitProps {
  readonly name: string;
  /** What holds in its place. */
  readonly variable: string;
  readonly value: string;
  readonly wrong: string | undefined;
  readonly change: (value: string) => void;
}

function Limit({ name, variable, value, wrong, change }: LimitProps): ReactNode {
  const hint = (
    <>
      0: no limit. Empty: <code>{variable}</code>
    </>
  );
  return (
    <Field label={name} hint={hint} problem={wrong}>
      {(attributes) => (
        <input
          {...attributes}
          type="number"
          min={0}
          step="any"
          value={value}
          onChange={({ target }) => change(target.value)}
        />
      )}
    </Field>
  );
}
