import { type ReactNode, useId, useState } from 'react';

import { MAX_LINES } from '../chart/line-style.js';
import { Field } from '../components/field.js';
import { SensorOptions, useSensorIds } from '../components/sensor-options.js';

interface AddSensorProps {
  /** The sensors that are compared already. */
  readonly sensorIds: readonly string[];
  readonly onAdd: (sensorId: string) => void;
}

/** A field that adds a known sensor to the comparison. */
export function AddSensor({ sensorIds, onAdd }: AddSensorProps): ReactNode {
  const listId = useId();
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<string>();
  const known = useSensorIds();
  if (sensorIds.length >= MAX_LINES)
    return <p className="muted">The chart shows {MAX_LINES} sensors at most.</p>;
  const add = (): void => {
    const sensorId = typed.trim();
    const found = problemOf(sensorId, sensorIds, known);
    setProblem(found);
    if (found !== undefined) return;
    setTyped('');
    onAdd(sensorId);
  };
  return (
    <form
      className="add-sensor"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <Field label="Add a sensor" problem={problem}>
        {(attributes) => (
          <input
            {...attributes}
            list={listId}
            value={typed}
            autoComplete="off"
            onChange={({ target }) => {
              setTyped(target.value);
              setProblem(undefined);
            }}
          />
        )}
      </Field>
      <SensorOptions id={listId} typed={typed} />
      <button type="submit">Add</button>
    </form>
  );
}

function problemOf(
  sensorId: string,
  compared: readonly string[],
  known: readonly string[],
): string | undefined {
  if (sensorId === '') return 'Enter the name of a sensor';
  if (compared.includes(sensorId)) return 'This sensor is on the chart already';
  return known.includes(sensorId) ? undefined : 'The gateway does not know this sensor';
}
