import { type ReactNode, useEffect, useId, useRef } from 'react';

import './dialog.css';

interface DialogProps {
  readonly title: string;
  /** Called when the user closes the dialog, also with Escape. Without it the dialog cannot be closed. */
  readonly onClose?: () => void;
  readonly children: ReactNode;
}

/** A modal dialog: the browser's own, which keeps the focus inside and restores it afterwards. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClose={({ currentTarget }) => {
        // Browsers ignore preventDefault() when Escape is pressed twice, or before any other input.
        if (onClose) onClose();
        else if (!currentTarget.open) currentTarget.showModal();
      }}
    >
      <div className="row spread">
        <h2 id={id}>{title}</h2>
        {onClose && (
          <button type="button" className="quiet" onClick={onClose}>
            Close
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}
