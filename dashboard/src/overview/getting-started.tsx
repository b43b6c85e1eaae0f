import type { ReactNode } from 'react';

import { CopyLine } from '../components/copy-line.js';
import { SendReadings } from './send-readings.js';

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
      <CopyLine text="npm run demo" label="command that runs the demonstration" />
    </section>
  );
}
