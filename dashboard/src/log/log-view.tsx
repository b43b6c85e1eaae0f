import { type ReactNode, useMemo } from 'react';

import { useLocation } from '../common/location.js';
import { View } from '../components/view.js';
import { filterOf } from './log-filter.js';
import { LogFilters } from './log-filters.js';
import { LogList } from './log-list.js';
import './log.css';

/** The system log: live, and back to its first event. */
export function LogView(): ReactNode {
  const { query } = useLocation();
  const text = query.toString();
  // The same filter is the same object, so that nothing is loaded twice.
  const filter = useMemo(() => filterOf(new URLSearchParams(text)), [text]);
  return (
    <View title="System log">
      <LogFilters filter={filter} />
      <LogList key={text} filter={filter} />
    </View>
  );
}
