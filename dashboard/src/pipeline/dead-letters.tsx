import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { api, dataOf } from '../api/client.js';
import type { DeadLetter } from '../api/schemas.js';
import { formatCount } from '../common/format.js';
import { linkTo, useLocation } from '../common/location.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { ErrorNotice } from '../components/error-notice.js';
import { DeadLetterTable } from './dead-letter-table.js';
import { isForbidden, useDeadLetters } from './use-dead-letters.js';

/** Readings that the store has refused for good: why, and buttons to replay or delete them. */
export function DeadLetters({ total }: { total: number }): ReactNode {
  const cursor = useLocation().query.get('cursor') ?? '';
  const { data, error } = useDeadLetters(cursor, total);
  const [result, setResult] = useState('');
  const [failure, setFailure] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const [selected, setSelected] = useState<DeadLetter>();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['dead-letters'] });

  const replay = async (): Promise<void> => {
    setBusy(true);
    setResult('');
    setFailure(undefined);
    try {
      const { replayed } = await dataOf(api.POST('/api/dead-letters/replay'));
      setResult(`${formatCount(replayed)} queued again. Readings that the store refuses again return here.`);
      await refresh();
    } catch (thrown) {
      setFailure(thrown as Error);
    } finally {
      setBusy(false);
    }
  };
  const remove = async ({ id }: DeadLetter): Promise<void> => {
    await api.DELETE('/api/dead-letters/{id}', { params: { path: { id } } });
    setResult('The dead letter was deleted.');
    await refresh();
  };

  const letters = data?.letters ?? [];
  return (
    <section className="card stack dead-letters" aria-labelledby="dead-letters">
      <div className="row spread">
        <h2 id="dead-letters">Dead letters</h2>
        {letters.length > 0 && (
          <button type="button" disabled={isBusy} onClick={() => void replay()}>
            Replay all
          </button>
        )}
      </div>
      <p role="status" className="muted">
        {result}
      </p>
      <ErrorNotice error={failure} />
      {isForbidden(error) ? (
        <p className="muted">
          Only an admin key can view, replay and delete dead letters. Your key is a reader key.{' '}
          {total > 0 && `Dead-lettered so far: ${formatCount(total)}.`}
        </p>
      ) : (
        <ErrorNotice error={error} />
      )}
      {data && letters.length === 0 && (
        <p className="muted">
          {cursor
            ? 'No dead letters on this page.'
            : 'No dead letters. If the store refuses a reading for good, for example one older than its retention, the reading appears here with the reason, and you can send it again.'}
        </p>
      )}
      {letters.length > 0 && <DeadLetterTable letters={letters} remove={setSelected} />}
      {(cursor || data?.nextCursor) && (
        <nav className="row" aria-label="Pages of dead letters">
          {cursor && (
            <a className="button" href={linkTo(['pipeline'])}>
              First page
            </a>
          )}
          {data?.nextCursor && (
            <a className="button" href={linkTo(['pipeline'], { cursor: data.nextCursor })}>
              Next page
            </a>
          )}
        </nav>
      )}
      {selected && (
        <ConfirmDialog
          title="Delete this dead letter?"
          action="Delete"
          act={() => remove(selected)}
          onClose={() => setSelected(undefined)}
        >
          This discards a reading of <strong>{selected.reading.sensorId}</strong> for good. There is no other
          copy.
        </ConfirmDialog>
      )}
    </section>
  );
}
