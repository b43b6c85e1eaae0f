import type { ReactNode } from 'react';

import type { DeadLetter } from '../api/schemas.js';
import { formatValue } from '../common/format.js';
import { linkTo } from '../common/location.js';
import { Cell, Row, StackedTable } from '../components/stacked-table.js';
import { Ago, Time } from '../components/time.js';

const COLUMNS = [
  { name: 'Refused' },
  { name: 'Reason' },
  { name: 'Sensor' },
  { name: 'Value', isNumber: true },
  { name: 'Timestamp' },
  { name: 'Delete', isHidden: true },
];

interface DeadLetterTableProps {
  readonly letters: readonly DeadLetter[];
  readonly remove: (letter: DeadLetter) => void;
}

/** Dead letters, each with the store's reason and a link to the moment on the sensor's chart. */
export function DeadLetterTable({ letters, remove }: DeadLetterTableProps): ReactNode {
  return (
    <StackedTable label="Dead letters" columns={COLUMNS}>
      {letters.map((letter) => {
        const { sensorId, zone, value, timestamp } = letter.reading;
        return (
          <Row key={letter.id}>
            <Cell label="Refused">
              <Ago timeMs={Date.parse(letter.time)} />
            </Cell>
            <Cell label="Reason" className="free-text reason">
              {letter.reason}
            </Cell>
            <Cell label="Sensor" className="free-text sensor">
              <a href={linkTo(['sensors', sensorId], { at: timestamp })}>{sensorId}</a>{' '}
              <span className="muted">{zone}</span>
            </Cell>
            <Cell label="Value" className="number">
              {formatValue(value)}
            </Cell>
            <Cell label="Timestamp">
              <Time timeMs={Date.parse(timestamp)} />
            </Cell>
            <Cell label="Delete" className="wide">
              <div className="actions">
                <button type="button" className="danger" onClick={() => remove(letter)}>
                  Delete<span className="hidden"> dead letter of {sensorId}</span>
                </button>
              </div>
            </Cell>
          </Row>
        );
      })}
    </StackedTable>
  );
}
