import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { linkTo, useLocation } from '../common/location.js';
import { api, dataOf, type DeadLetter } from '../api/client.js';
import { formatCount } from '../common/format.js';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { ErrorNotice } from '../components/error-notice.js';
import { DeadLetterTable } from './dead-letter-table.js';
import { isForbidden, useDeadLetters } from './use-dead-letters.js';

/** What the store refused for good: why, and what to do about it. */
export function DeadLetters({ total }: { total: number }): ReactNode {
  const cursor = useLocation().query.get('cursor') ?? '';
  const { data, error } = useDeadLetters(cursor, total);
  const [told, setTold] = useState('');
  const [failure, setFailure] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const [chosen, choose] = useState<DeadLetter>();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['dead-letters'] });

  const replay = async (): Promise<void> => {
    setBusy(true);
    setTold('');
    setFailure(undefined);
    try {
      const { replayed } = await dataOf(api.POST('/api/dead-letters/replay'));
      setTold(`${formatCount(replayed)} queued again. What the store refuses once more comes back here.`);
      await refresh();
    } catch (thrown) {
      setFailure(thrown as Error);
    } finally {
      setBusy(false);
    }
  };
  const remove = async ({ id }: DeadLetter): Promise<void> => {
    await api.DELETE('/api/dead-letters/{id}', { params: { path: { id } } });
    setTold('One was deleted.');
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
        {told}
      </p>
      <ErrorNotice error={failure} />
      {isForbidden(error) ? (
        <p className="muted">
          Only an admin’s key may see, replay and delete dead letters; yours is a reader’s.{' '}
          {total > 0 && `${formatCount(total)} readings were set aside.`}
        </p>
      ) : (
        <ErrorNotice error={error} />
      )}
      {data && letters.length === 0 && (
        <p className="muted">
          {cursor
            ? 'There are none on this page.'
            : 'None. Should the store refuse a reading for good, such as one older than it keeps, it is shown here with the store’s reason, and can be sent again.'}
        </p>
      )}
      {letters.length > 0 && <DeadLetterTable letters={letters} remove={choose} />}
      {(cursor || data?.nextCursor) && (
        <nav className="row" aria-label="Pages of dead letters">
          {cursor && (
            <a className="button" href={linkTo(['pipeline'])}>
              Oldest
            </a>
          )}
          {data?.nextCursor && (
            <a className="button" href={linkTo(['pipeline'], { cursor: data.nextCursor })}>
              Next page
            </a>
          )}
        </nav>
      )}
      {chosen && (
        <ConfirmDialog
          title="Delete this dead letter?"
          action="Delete"
          act={() => remove(chosen)}
          onClose={() => choose(undefined)}
        >
          The reading of <strong>{chosen.reading.sensorId}</strong> is given up for good: it is neither in the
          store nor anywhere else.
        </ConfirmDialog>
      )}
    </section>
  );
}
