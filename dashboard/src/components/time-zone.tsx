import type { ReactNode } from 'react';

import { TIME_ZONE } from '../common/format.js';

/** Names the time zone of all times on the page. */
export function TimeZone(): ReactNode {
  return <footer className="foot muted">Times are in the time zone {TIME_ZONE.replaceAll('_', ' ')}.</footer>;
}
