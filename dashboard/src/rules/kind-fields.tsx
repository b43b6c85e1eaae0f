import type { ReactNode } from 'react';

import { Field } from '../components/field.js';
import { QuantityField } from './quantity-field.js';
import type { FieldName, Problems, RuleDraft } from './rule-draft.js';
import { describeSensitivity } from './sensitivity.js';
import { RATE_UNITS, TIME_UNITS } from './units.js';

export interface KindFieldsProps {
  readonly draft: RuleDraft;
  readonly problems: Problems;
  readonly change: (changes: Partial<RuleDraft>) => void;
  /** Called when the user leaves a field: from then on its problem is shown. */
  readonly onLeave: (field: FieldName) => void;
}

/** The fields of a kind of rule. */
export function KindFields(props: KindFieldsProps): ReactNode {
  const { draft, problems, change, onLeave } = props;
  switch (draft.kind) {
    case 'above':
    case 'below':
      return <LevelFields {...props} />;
    case 'rate':
      return (
        <QuantityField
          label="Fastest normal change"
          hint="Up or down, between two readings, by the device’s timestamps."
          problem={problems.perSecond}
          units={RATE_UNITS}
          value={draft.perSecond}
          onChange={(perSecond) => change({ perSecond })}
          onBlur={() => onLeave('perSecond')}
        />
      );
    case 'silent':
      return (
        <QuantityField
          label="Silent for"
          hint="Time since the gateway last accepted a reading, while it runs; the reading’s timestamp does not matter. A sensor that has never sent is not silent."
          problem={problems.afterSeconds}
          units={TIME_UNITS}
          value={draft.afterSeconds}
          onChange={(afterSeconds) => change({ afterSeconds })}
          onBlur={() => onLeave('afterSeconds')}
        />
      );
    case 'anomaly':
      return <SensitivityField {...props} />;
  }
}

function LevelFields({ draft, problems, change, onLeave }: KindFieldsProps): ReactNode {
  const isAbove = draft.kind === 'above';
  return (
    <>
      <Field
        label={isAbove ? 'Critical above' : 'Critical below'}
        hint="The threshold, in the unit of the sensor’s values."
        problem={problems.threshold}
      >
        {(attributes) => (
          <input
            {...attributes}
            inputMode="decimal"
            autoComplete="off"
            value={draft.threshold}
            onBlur={() => onLeave('threshold')}
            onChange={({ target }) => change({ threshold: target.value })}
          />
        )}
      </Field>
      <Field
        label="Hysteresis"
        hint={`How far a value must return ${isAbove ? 'below' : 'above'} the threshold to be normal again. Prevents repeated events from a value that fluctuates around it.`}
        problem={problems.hysteresis}
      >
        {(attributes) => (
          <input
            {...attributes}
            inputMode="decimal"
            autoComplete="off"
            value={draft.hysteresis}
            onBlur={() => onLeave('hysteresis')}
            onChange={({ target }) => change({ hysteresis: target.value })}
          />
        )}
      </Field>
      <QuantityField
        label="For at least"
        hint="How long values must stay beyond the threshold, by the device’s timestamps. With 0, the first one counts."
        problem={problems.forSeconds}
        units={TIME_UNITS}
        value={draft.forSeconds}
        onChange={(forSeconds) => change({ forSeconds })}
        onBlur={() => onLeave('forSeconds')}
      />
    </>
  );
}

function SensitivityField({ draft, problems, change }: KindFieldsProps): ReactNode {
  const { sensitivity } = draft;
  return (
    <Field
      label="Sensitivity"
      problem={problems.sensitivity}
      hint={
        <>
          {describeSensitivity(sensitivity)} Before that, the rule learns from 576 readings, and for at least
          1 hour.
        </>
      }
    >
      {(attributes) => (
        <div className="quantity">
          <input
            {...attributes}
            type="range"
            min="0"
            max="1"
            step="0.05"
            value={sensitivity}
            onChange={({ target }) => change({ sensitivity: Number(target.value) })}
          />
          <output htmlFor={attributes.id} className="number">
            {sensitivity}
          </output>
        </div>
      )}
    </Field>
  );
}
