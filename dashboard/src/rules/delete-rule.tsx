import type { ReactNode } from 'react';

import { api } from '../api/client.js';
import type { Rule } from '../api/schemas.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { live } from '../live/live.js';

interface DeleteRuleProps {
  readonly rule: Rule;
  readonly onClose: () => void;
  readonly onDeleted: () => unknown;
}

/** Deletes a rule after confirmation. */
export function DeleteRule({ rule, onClose, onDeleted }: DeleteRuleProps): ReactNode {
  const remove = async (): Promise<void> => {
    await api.DELETE('/api/rules/{id}', { params: { path: { id: rule.id } } });
    // Clears the critical states that the rule caused. If loading fails now, it is repeated later.
    await live.loadRules().catch(() => undefined);
    await onDeleted();
  };
  return (
    <ConfirmDialog title={`Delete ${rule.name}?`} action="Delete" act={remove} onClose={onClose}>
      The rule makes no more events. Its past events stay in the log.
    </ConfirmDialog>
  );
}
