import { type ReactNode, useState } from 'react';

import { Dialog } from './dialog.js';
import { Failure } from './failure.js';

interface ConfirmProps {
  readonly title: string;
  readonly children: ReactNode;
  /** What the button says. */
  readonly action: string;
  readonly act: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, children, action, act, onClose }: ConfirmProps): ReactNode {
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await act();
      onClose();
    } catch (thrown) {
      setError(thrown as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div>{children}</div>
      <Failure error={error} />
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
