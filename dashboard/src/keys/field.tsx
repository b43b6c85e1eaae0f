import { type ReactNode, useId } from 'react';

interface FieldProps {
  readonly name: string;
  readonly hint?: ReactNode;
  /** What is wrong with what was typed. */
  readonly wrong?: string | undefined;
  /** Makes the control, which is to bear these. */
  readonly children: (attributes: {
    readonly 'aria-describedby': string;
    readonly 'aria-invalid': boolean;
  }) => ReactNode;
}

/** A control with its name, a hint, and what is wrong with it. */
export function Field({ name, hint, wrong, children }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="key-field">
      <label className="field">
        {name}
        {children({ 'aria-describedby': id, 'aria-invalid': wrong !== undefined })}
      </label>
      <p id={id} className="field-hint">
        {wrong !== undefined && <span className="wrong">{wrong} </span>}
        {hint}
      </p>
    </div>
  );
}
