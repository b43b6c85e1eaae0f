import type { ReactNode } from 'react';

import { Field } from '../components/field.js';
import type { Quantity } from './units.js';

interface QuantityFieldProps<Unit extends string> {
  readonly label: string;
  readonly hint: ReactNode;
  readonly problem: string | undefined;
  readonly units: Readonly<Record<Unit, number>>;
  readonly value: Quantity<Unit>;
  readonly onChange: (value: Quantity<Unit>) => void;
  readonly onBlur: () => void;
}

/** An amount with a unit. */
export function QuantityField<Unit extends string>(props: QuantityFieldProps<Unit>): ReactNode {
  const { label, hint, problem, units, value, onChange, onBlur } = props;
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => (
        <div className="quantity">
          <input
            {...attributes}
            inputMode="decimal"
            autoComplete="off"
            value={value.amount}
            onBlur={onBlur}
            onChange={({ target }) => onChange({ ...value, amount: target.value })}
          />
          <select
            aria-label={`${label}: unit`}
            value={value.unit}
            onChange={({ target }) => onChange({ ...value, unit: target.value as Unit })}
          >
            {Object.keys(units).map((unit) => (
              <option key={unit}>{unit}</option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}
