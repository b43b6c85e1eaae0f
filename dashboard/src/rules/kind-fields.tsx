import type { ReactNode } from 'react';

import type { RuleDraft, FieldName, Problems } from './rule-draft.js';
import { Field } from '../components/field.js';
import { describeSensitivity } from './describe-rule.js';
import { QuantityField } from './quantity-field.js';
import { RATE_UNITS, TIME_UNITS } from './units.js';

export interface KindFieldsProps {
  readonly draft: RuleDraft;
  readonly problems: Problems;
  readonly change: (changes: Partial<RuleDraft>) => void;
  /** Called when the reader leaves a field: what is wrong with it is said from then on. */
  readonly leave: (field: FieldName) => void;
}

/** The fields that the kind of a rule asks for. */
export function KindFields(props: KindFieldsProps): ReactNode {
  const { draft, problems, change, leave } = props;
  switch (draft.kind) {
    case 'above':
    case 'below':
      return <LevelFields {...props} />;
    case 'rate':
      return (
        <QuantityField
          label="Fastest change that is normal"
          hint="Up or down, from one reading to the next, by their timestamps."
          problem={problems.perSecond}
          units={RATE_UNITS}
          value={draft.perSecond}
          onChange={(perSecond) => change({ perSecond })}
          onBlur={() => leave('perSecond')}
        />
      );
    case 'silent':
      return (
        <QuantityField
          label="Silent for"
          hint="By the gateway’s clock: since a reading was last accepted, whatever its timestamp. A sensor that was never heard is not silent."
          problem={problems.afterSeconds}
          units={TIME_UNITS}
          value={draft.afterSeconds}
          onChange={(afterSeconds) => change({ afterSeconds })}
          onBlur={() => leave('afterSeconds')}
        />
      );
    case 'anomaly':
      return <SensitivityField {...props} />;
  }
}

function LevelFields({ draft, problems, change, leave }: KindFieldsProps): ReactNode {
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
            onBlur={() => leave('threshold')}
            onChange={({ target }) => change({ threshold: target.value })}
          />
        )}
      </Field>
      <Field
        label="Hysteresis"
        hint={`How far a value must come back ${isAbove ? 'below' : 'above'} the threshold to be normal again. Keeps a value that wavers around it from speaking each time.`}
        problem={problems.hysteresis}
      >
        {(attributes) => (
          <input
            {...attributes}
            inputMode="decimal"
            autoComplete="off"
            value={draft.hysteresis}
            onBlur={() => leave('hysteresis')}
            onChange={({ target }) => change({ hysteresis: target.value })}
          />
        )}
      </Field>
      <QuantityField
        label="For at least"
        hint="How long values must stay beyond the threshold first, by their timestamps; 0 speaks at once."
        problem={problems.forSeconds}
        units={TIME_UNITS}
        value={draft.forSeconds}
        onChange={(forSeconds) => change({ forSeconds })}
        onBlur={() => leave('forSeconds')}
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
          {describeSensitivity(sensitivity)} It learns what is usual from 576 readings, and for an hour at
          least, before it speaks.
        </>
      }
    >
      {(attributes) => (
        <div className="measure">
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
