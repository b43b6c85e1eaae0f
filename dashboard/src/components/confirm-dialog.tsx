import { type ReactNode, useEffect, useRef, useState } from 'react';

import { Dialog } from './dialog.js';
import { ErrorNotice } from './error-notice.js';

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The label of the button. */
  readonly action: string;
  readonly act: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for confirmation before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, act, onClose }: ConfirmDialogProps): ReactNode {
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await act();
      // The user may have closed this dialog and opened another one meanwhile.
      if (isShown.current) onClose();
    } catch (thrown) {
      setError(thrown as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div>{children}</div>
      <ErrorNotice error={error} />
      <div className="row">
        <button type="button" className="danger" disabled={isBusy} onClick={() => void confirm()}>
          {action}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
