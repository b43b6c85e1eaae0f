import './field.css';

import { type ReactNode, useId } from 'react';

interface FieldAttributes {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with the input. */
  readonly problem?: string | undefined;
  /** The input; the attributes connect it to label, hint and problem. */
  readonly children: (attributes: FieldAttributes) => ReactNode;
}

/** An input with its label, hint and problem. */
export function Field({ label, hint, problem, children }: FieldProps): ReactNode {
  const id = useId();
  const about = `${id}-about`;
  return (
    <div className="field-group">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': about, 'aria-invalid': problem !== undefined })}
      <div id={about}>
        {problem !== undefined && <p className="wrong">{problem}</p>}
        {hint !== undefined && <p className="field-hint">{hint}</p>}
      </div>
    </div>
  );
}
