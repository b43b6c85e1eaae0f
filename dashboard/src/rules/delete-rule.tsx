import type { ReactNode } from 'react';

import { api, type Rule } from '../api/client.js';
import { live } from '../live/live.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';

interface DeleteRuleProps {
  readonly rule: Rule;
  readonly onClose: () => void;
  readonly onDeleted: () => unknown;
}

/** Asks whether a rule should go, and deletes it. */
export function DeleteRule({ rule, onClose, onDeleted }: DeleteRuleProps): ReactNode {
  const remove = async (): Promise<void> => {
    await api.DELETE('/api/rules/{id}', { params: { path: { id: rule.id } } });
    // The board shows no sensor critical for a rule that is gone; when it cannot load now, it does later.
    await live.loadRules().catch(() => undefined);
    await onDeleted();
  };
  return (
    <ConfirmDialog title={`Delete ${rule.name}?`} action="Delete" act={remove} onClose={onClose}>
      It says nothing more. What it has said stays in the log.
    </ConfirmDialog>
  );
}
