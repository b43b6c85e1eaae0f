import type { ReactNode } from 'react';

import { formatStep, formatTime } from '../common/format.js';
import type { ChartLine } from './chart-data.js';
import { type ChartCursor, useCursor } from './cursor.js';
import { pointAt } from './point-at.js';

interface AnnouncementProps {
  readonly cursor: ChartCursor;
  readonly lines: readonly ChartLine[];
  readonly step: number;
}

/** Reads what is under the cursor to people who move it with keys. */
export function Announcement({ cursor, lines, step }: AnnouncementProps): ReactNode {
  const place = useCursor(cursor);
  const values = lines.map(({ name, series }) => {
    const point = place && pointAt(series, place.timeMs);
    const value = point ? formatStep(point.mean, step) : 'no reading';
    return lines.length > 1 ? `${name} ${value}` : value;
  });
  return (
    <p className="hidden" role="status">
      {place && `${formatTime(place.timeMs)}: ${values.join(', ')}`}
    </p>
  );
}
