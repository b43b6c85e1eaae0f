import type { ReactNode } from 'react';

import { GATEWAY_URL } from '../api/client.js';
import { useKey } from '../api/key.js';
import { linkTo } from '../common/location.js';
import { CopyLine } from '../components/copy-line.js';

/** What somebody sees who has no sensor yet: how to send the first reading. */
export function GettingStarted(): ReactNode {
  const key = useKey();
  const signed = key ? ` -H "Authorization: Bearer $KEY"` : '';
  const send = `curl ${GATEWAY_URL}/api/ingest -H 'Content-Type: application/json'${signed} -d '{"sensorId":"pump_1","zone":"hall_1","value":42.5,"latencyMs":12.3}'`;
  return (
    <section className="card padded stack first-minute">
      <p>
        The gateway runs, and no sensor has sent anything yet. What comes is on disk before it is
        acknowledged, and shows here the moment it arrives.
      </p>
      <ol>
        <li className="stack">
          <span>Send a reading from a terminal{key ? ', with the key of a device in KEY' : ''}:</span>
          <CopyLine text={send} label="command that sends a reading" />
          {key && (
            <span className="muted">
              An admin makes keys for devices under <a href={linkTo(['keys'])}>Keys</a>, or with{' '}
              <code>npm run keys -- create --name pumps --role device</code>.
            </span>
          )}
        </li>
        <li className="stack">
          <span>Or let a factory of pumps, boilers and cold stores run, until you stop it:</span>
          <CopyLine text="npm run demo" label="command that runs the demonstration" />
        </li>
      </ol>
      <p className="muted">
        Telegraf and the clients of InfluxDB write here as they are. All calls are described at{' '}
        <a href="api/docs">/api/docs</a>.
      </p>
    </section>
  );
}
