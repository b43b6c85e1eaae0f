import type { ReactNode } from 'react';

import { formatAlike } from '../common/format-alike.js';
import { formatTime } from '../common/format.js';
import type { ChartLine, ChartRange } from './chart-data.js';
import { type ChartCursor, useCursor } from './cursor.js';
import { pointAt } from './point-at.js';
import { visibleStep } from './visible-step.js';

interface AnnouncementProps {
  readonly cursor: ChartCursor;
  readonly lines: readonly ChartLine[];
  readonly range: ChartRange;
}

/** Reads what is under the cursor to people who move it with keys. */
export function Announcement({ cursor, lines, range }: AnnouncementProps): ReactNode {
  const place = useCursor(cursor);
  const values = lines.map((line) => {
    const point = place && pointAt(line.series, place.timeMs);
    const [value = ''] = point ? formatAlike([point.mean], visibleStep(line, range)) : ['no reading'];
    return lines.length > 1 ? `${line.name} ${value}` : value;
  });
  return (
    <p className="hidden" role="status">
      {place && `${formatTime(place.timeMs)}: ${values.join(', ')}`}
    </p>
  );
}
