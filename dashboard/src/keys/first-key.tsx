import type { ReactNode } from 'react';

import { CopyLine } from '../components/copy-line.js';

/** What the first key changes, for everybody; shown while there is none. */
export function FirstKey({ create }: { create: () => void }): ReactNode {
  return (
    <section className="card padded stack first-key">
      <h2>No key was made yet</h2>
      <p>
        The gateway serves everybody on this machine, and nobody else. Making the first key turns protection
        on, for good and for everybody:
      </p>
      <ul>
        <li>Each request needs a key from then on: devices, scripts, Prometheus and this page, too.</li>
        <li>
          The gateway may then listen on the network (<code>HOST</code>).
        </li>
        <li>
          Make an <strong>admin’s</strong> key first, for yourself; then one for each device, and readers’ for
          those who look on.
        </li>
      </ul>
      <div className="row">
        <button type="button" className="primary" onClick={create}>
          Make the first key
        </button>
      </div>
      <p className="muted">Or in a terminal on the gateway’s machine:</p>
      <CopyLine
        text="npm run keys -- create --name me --role admin"
        label="command that makes an admin’s key"
      />
    </section>
  );
}
