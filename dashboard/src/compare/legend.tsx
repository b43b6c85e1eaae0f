import type { ReactNode } from 'react';

import type { ChartLine } from '../chart/chart-data.js';
import { type ChartCursor, useCursor } from '../chart/cursor.js';
import { extentOf } from '../chart/extent.js';
import { LineSample } from '../chart/line-sample.js';
import { pointAt } from '../chart/point-at.js';
import { formatAlike } from '../common/format-alike.js';
import { formatTime, formatValue } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { Since } from '../components/since.js';
import { Cell, Row, StackedTable } from '../components/stacked-table.js';
import { StateBadge } from '../components/state-badge.js';
import { Ago } from '../components/time.js';
import { useSensor } from '../live/use-live.js';

interface LegendProps {
  readonly lines: readonly ChartLine[];
  readonly cursor: ChartCursor;
  /** The link to the comparison without a sensor. */
  readonly linkWithout: (sensorId: string) => string;
}

/** The compared sensors: their values at the cursor, or else the last ones, and their states. */
export function Legend({ lines, cursor, linkWithout }: LegendProps): ReactNode {
  const place = useCursor(cursor);
  const columns = [
    { name: 'Sensor' },
    { name: place ? formatTime(place.timeMs) : 'Last value', isNumber: true },
    { name: 'Smallest to largest', isNumber: true },
    { name: 'State' },
    { name: 'Remove', isHidden: true },
  ];
  return (
    <StackedTable label="Compared sensors" columns={columns}>
      {lines.map((line, index) => (
        <LegendRow
          key={line.name}
          line={line}
          index={index}
          count={lines.length}
          timeMs={place?.timeMs}
          removeLink={linkWithout(line.name)}
        />
      ))}
    </StackedTable>
  );
}

interface LegendRowProps {
  readonly line: ChartLine;
  readonly index: number;
  readonly count: number;
  /** Where the cursor is; undefined while there is none. */
  readonly timeMs: number | undefined;
  readonly removeLink: string;
}

function LegendRow({ line, index, count, timeMs, removeLink }: LegendRowProps): ReactNode {
  const { name, series } = line;
  const sensor = useSensor(name);
  const value = timeMs === undefined ? sensor?.value : pointAt(series, timeMs)?.mean;
  const extent = extentOf(series);
  return (
    <Row className="compare-row">
      <Cell label="Sensor" className="wide">
        <span className="compare-name">
          <LineSample index={index} count={count} />
          <a href={linkTo(['sensors', name])}>{name}</a>
        </span>
      </Cell>
      <Cell label={timeMs === undefined ? 'Last value' : 'Value'} className="number compare-value">
        {value === undefined ? '–' : formatValue(value)}
      </Cell>
      <Cell label="Range" className="number">
        {extent ? formatAlike([extent.min, extent.max]).join(' to ') : 'no readings in this range'}
      </Cell>
      <Cell label="State">
        {sensor ? (
          <>
            <StateBadge state={sensor.state} />{' '}
            {sensor.sinceMs !== undefined && (
              <span className="compare-since">
                <Since timeMs={sensor.sinceMs} />
              </span>
            )}
            {sensor.timeMs > 0 && (
              <span className="muted compare-measured">
                measured <Ago timeMs={sensor.timeMs} />
              </span>
            )}
          </>
        ) : (
          <span className="muted">unknown</span>
        )}
      </Cell>
      <Cell label="Remove" className="wide">
        <a className="button" href={removeLink}>
          Remove<span className="hidden"> {name}</span>
        </a>
      </Cell>
    </Row>
  );
}
