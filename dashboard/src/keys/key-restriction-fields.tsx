import type { ReactNode } from 'react';

import { Field } from '../components/field.js';
import type { FieldErrors, KeyDraft } from './key-draft.js';

interface KeyRestrictionFieldsProps {
  readonly draft: KeyDraft;
  readonly errors: FieldErrors;
  readonly change: (changes: Partial<KeyDraft>) => void;
}

/** The fields that restrict a key: sensors and zones of a device key; expiry and limits of any key. */
export function KeyRestrictionFields({ draft, errors, change }: KeyRestrictionFieldsProps): ReactNode {
  const isSet = draft.expires || draft.readingsPerSecond || draft.requestsPerSecond;
  const hasErrors = errors.expiresAt ?? errors.readingsPerSecond ?? errors.requestsPerSecond;
  return (
    <>
      {draft.role === 'device' && (
        <div className="key-pair">
          <Field
            label="Sensors"
            hint="One per line, * for any characters. Empty: all"
            problem={errors.sensors}
          >
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
          <Field label="Zones" hint="One per line, * for any characters. Empty: all" problem={errors.zones}>
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
      <details open={isSet || hasErrors ? true : undefined}>
        <summary>Expiry and limits</summary>
        <div className="stack">
          <Field label="Expires" hint="In your time zone. Empty: never" problem={errors.expiresAt}>
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
            <LimitField
              name="Readings per second"
              variable="LIMIT_KEY_READINGS"
              value={draft.readingsPerSecond}
              errors={errors.readingsPerSecond}
              change={(readingsPerSecond) => change({ readingsPerSecond })}
            />
            <LimitField
              name="Requests per second"
              variable="LIMIT_KEY_REQUESTS"
              value={draft.requestsPerSecond}
              errors={errors.requestsPerSecond}
              change={(requestsPerSecond) => change({ requestsPerSecond })}
            />
          </div>
        </div>
      </details>
    </>
  );
}

interface LimitFieldProps {
  readonly name: string;
  /** The environment variable that applies when the field is empty. */
  readonly variable: string;
  readonly value: string;
  readonly errors: string | undefined;
  readonly change: (value: string) => void;
}

function LimitField({ name, variable, value, errors, change }: LimitFieldProps): ReactNode {
  const hint = (
    <>
      0: no limit. Empty: <code>{variable}</code>
    </>
  );
  return (
    <Field label={name} hint={hint} problem={errors}>
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
