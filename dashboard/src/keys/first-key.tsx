import type { ReactNode } from 'react';

import { CopyLine } from '../components/copy-line.js';

/** Explains what the first key changes; shown while there are no keys. */
export function FirstKey({ create }: { create: () => void }): ReactNode {
  return (
    <section className="card padded stack first-key">
      <h2>There are no keys yet</h2>
      <p>
        Without keys the gateway accepts only local connections, and does not ask who they are. Creating the
        first key turns protection on, permanently and for everybody:
      </p>
      <ul>
        <li>From then on every request needs a key: from devices, scripts, Prometheus and this page.</li>
        <li>
          The gateway can then listen on the network (<code>HOST</code>).
        </li>
        <li>
          Create an <strong>admin</strong> key for yourself first. Then create a device key for each device,
          and reader keys for people who only view data.
        </li>
      </ul>
      <div className="row">
        <button type="button" className="primary" onClick={create}>
          Create the first key
        </button>
      </div>
      <p className="muted">Or in a terminal on the gateway’s machine:</p>
      <CopyLine
        text="npm run keys -- create --name me --role admin"
        label="command that creates an admin key"
      />
    </section>
  );
}
