import type { ReactNode } from 'react';

import { GATEWAY_URL } from '../api/client.js';
import { useKey } from '../api/key.js';
import { linkTo } from '../common/location.js';
import { CopyLine } from '../components/copy-line.js';

/** Shown while there are no sensors: how to send the first reading. */
export function GettingStarted(): ReactNode {
  const key = useKey();
  const signed = key ? ` -H "Authorization: Bearer $KEY"` : '';
  const send = `curl ${GATEWAY_URL}/api/ingest -H 'Content-Type: application/json'${signed} -d '{"sensorId":"pump_1","zone":"hall_1","value":42.5,"latencyMs":12.3}'`;
  return (
    <section className="card padded stack getting-started">
      <p>
        The gateway is running, but no sensor has sent a reading yet. The gateway writes each reading to disk
        before it acknowledges it. New readings appear here at once.
      </p>
      <ol>
        <li className="stack">
          <span>Send a reading from a terminal{key ? ', with a device key in $KEY' : ''}:</span>
          <CopyLine text={send} label="command that sends a reading" />
          {key && (
            <span className="muted">
              An admin creates device keys under <a href={linkTo(['keys'])}>Keys</a>, or with{' '}
              <code>npm run keys -- create --name pumps --role device</code>.
            </span>
          )}
        </li>
        <li className="stack">
          <span>Or simulate a factory with pumps, boilers and cold stores:</span>
          <CopyLine text="npm run demo" label="command that runs the demonstration" />
        </li>
      </ol>
      <p className="muted">
        Telegraf and InfluxDB clients can write here without changes. The HTTP interface is described at{' '}
        <a href="api/docs">/api/docs</a>.
      </p>
    </section>
  );
}
