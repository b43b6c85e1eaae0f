import type { ReactNode } from 'react';

import { GATEWAY_URL } from '../api/client.js';
import { CopyLine } from '../components/copy-line.js';
import { SendReadings } from './send-readings.js';
import { toWord } from './snippets/curl.js';
import { isLoopback } from './use-about.js';

/** Shown while there are no sensors: how to send the first reading. */
export function GettingStarted(): ReactNode {
  return (
    <section className="card padded stack getting-started">
      <p>
        The gateway is running, but no sensor has sent a reading yet. The gateway writes each reading to disk
        before it acknowledges it. New readings appear here at once.
      </p>
      <SendReadings />
      <p>Or simulate a factory with pumps, boilers and cold stores:</p>
      <CopyLine text={demoCommand()} label="command that runs the demonstration" />
    </section>
  );
}

/** The command that sends the readings of a simulated factory here. It knows the usual address itself. */
function demoCommand(): string {
  const isUsual = isLoopback(GATEWAY_URL) && /^http:\/\/[^/]+:8000$/.test(GATEWAY_URL);
  return isUsual ? 'npm run demo' : `npm run demo -- --url ${toWord(GATEWAY_URL)}`;
}
