import { type ReactNode, useState } from 'react';

import { GATEWAY_URL, request } from '../api/client.js';
import { useKey } from '../api/key.js';
import { CopyLine } from '../components/copy-line.js';
import { ErrorNotice } from '../components/error-notice.js';

/** Exports the visible data: as a CSV file, or with a command that reads the same data. */
export function Export({
  name,
  path,
  search,
  every,
}: {
  /** What the file is called, without its ending. */
  name: string;
  path: string;
  search: URLSearchParams;
  /** The length of the chart's buckets; undefined for the readings themselves. */
  every: string | undefined;
}): ReactNode {
  const key = useKey();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const download = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const response = await request(`${GATEWAY_URL}${path}?${search.toString()}`, {
        headers: { Accept: 'text/csv' },
      });
      saveAs(await response.blob(), `${name.replaceAll(/[^\w.-]/g, '_')}.csv`);
    } catch (thrown) {
      setError(thrown as Error);
    } finally {
      setBusy(false);
    }
  };
  const query = `${search.toString()}${every === undefined ? '' : `&every=${every}`}`;
  const signed = key ? ' -H "Authorization: Bearer $KEY"' : '';
  return (
    <section className="card padded stack" aria-labelledby="export">
      <div className="row spread">
        <h2 id="export">Export</h2>
        <button type="button" disabled={isBusy} onClick={() => void download()}>
          {isBusy ? 'Loading …' : 'Download CSV'}
        </button>
      </div>
      <ErrorNotice error={error} />
      <CopyLine
        text={`curl '${GATEWAY_URL}${path.replaceAll("'", '%27')}?${query}'${signed}`}
        label="command that reads the same data"
      />
    </section>
  );
}

function saveAs(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
