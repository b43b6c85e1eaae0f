import type { ReactNode } from 'react';

import { View } from '../components/view.js';
import './overview.css';
import { SendReadings } from './send-readings.js';

/** How to send readings from one more device. */
export function ConnectView(): ReactNode {
  return (
    <View title="Connect a device">
      <section className="card padded stack getting-started">
        <SendReadings />
      </section>
    </View>
  );
}
