import { type ReactNode, useEffect, useId, useRef } from 'react';

import './dialog.css';

interface DialogProps {
  readonly title: string;
  /** Called when the reader closes it, with Escape, too. Without it, it cannot be closed. */
  readonly onClose?: () => void;
  readonly children: ReactNode;
}

/** A modal dialog: the browser's own, which keeps the keyboard inside and gives it back afterwards. */
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
        // Browsers close it all the same when Escape is pressed twice, or before anything else was.
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
