import type { ReactNode } from 'react';

const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();

/** Names the time zone of all times on the page. */
export function TimeZone(): ReactNode {
  return <footer className="foot muted">Times are in the time zone {timeZone.replaceAll('_', ' ')}.</footer>;
}
