import { type ReactNode, useId } from 'react';

import { Field } from '../components/field.js';
import { SensorOptions, useSensorIds, useZones } from '../components/sensor-options.js';
import type { KindFieldsProps } from './kind-fields.js';
import type { Scope } from './rule-draft.js';

const SCOPES: Readonly<Record<Scope, string>> = {
  all: 'All sensors',
  zone: 'One zone',
  sensor: 'One sensor',
};

/** The sensors that a rule applies to. */
export function ScopeFields(props: KindFieldsProps): ReactNode {
  const { draft, change } = props;
  return (
    <fieldset className="rule-fieldset">
      <legend>Applies to</legend>
      <div className="scopes">
        {Object.entries(SCOPES).map(([scope, name]) => (
          <label key={scope}>
            <input
              type="radio"
              name="scope"
              checked={draft.scope === scope}
              onChange={() => change({ scope: scope as Scope })}
            />
            {name}
          </label>
        ))}
      </div>
      {draft.scope === 'zone' && <ZoneField {...props} />}
      {draft.scope === 'sensor' && <SensorField {...props} />}
    </fieldset>
  );
}

function ZoneField({ draft, problems, change, onLeave }: KindFieldsProps): ReactNode {
  const zones = useZones();
  const list = useId();
  const { zone } = draft;
  return (
    <Field
      label="Zone"
      problem={problems.zone}
      hint={zone && !zones.includes(zone.trim()) ? 'There is no sensor in this zone yet.' : undefined}
    >
      {(attributes) => (
        <>
          <input
            {...attributes}
            list={list}
            spellCheck={false}
            value={zone}
            onBlur={() => onLeave('zone')}
            onChange={({ target }) => change({ zone: target.value })}
          />
          <datalist id={list}>
            {zones.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

function SensorField({ draft, problems, change, onLeave }: KindFieldsProps): ReactNode {
  const sensorIds = useSensorIds();
  const list = useId();
  const { sensorId } = draft;
  const isNew = sensorId.trim() !== '' && sensorIds.length > 0 && !sensorIds.includes(sensorId.trim());
  return (
    <Field
      label="Sensor"
      problem={problems.sensorId}
      hint={isNew ? 'No sensor with this name has sent readings yet.' : undefined}
    >
      {(attributes) => (
        <>
          <input
            {...attributes}
            list={list}
            spellCheck={false}
            value={sensorId}
            onBlur={() => onLeave('sensorId')}
            onChange={({ target }) => change({ sensorId: target.value })}
          />
          <SensorOptions id={list} typed={sensorId} />
        </>
      )}
    </Field>
  );
}
