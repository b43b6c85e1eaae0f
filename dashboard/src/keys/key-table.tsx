import type { ReactNode } from 'react';

import type { Key } from '../api/schemas.js';
import { useNow } from '../common/clock.js';
import { formatRate } from '../common/format.js';
import { Cell, Row, StackedTable } from '../components/stacked-table.js';
import { Ago, Time } from '../components/time.js';
import { KeyState } from './key-state.js';

const COLUMNS = [
  { name: 'Key' },
  { name: 'State' },
  { name: 'Role' },
  { name: 'Bound to' },
  { name: 'Created' },
  { name: 'Expires' },
  { name: 'Last used' },
  { name: 'Actions', isHidden: true },
];

interface KeyTableProps {
  readonly keys: readonly Key[];
  readonly rotate: (key: Key) => void;
  readonly revoke: (key: Key) => void;
}

/** All keys, also expired and revoked ones. */
export function KeyTable({ keys, rotate, revoke }: KeyTableProps): ReactNode {
  return (
    <StackedTable label="Keys" columns={COLUMNS}>
      {keys.map((key) => (
        <KeyRow key={key.id} apiKey={key} rotate={() => rotate(key)} revoke={() => revoke(key)} />
      ))}
    </StackedTable>
  );
}

interface KeyRowProps {
  readonly apiKey: Key;
  readonly rotate: () => void;
  readonly revoke: () => void;
}

function KeyRow({ apiKey, rotate, revoke }: KeyRowProps): ReactNode {
  const { id, name, state, role, createdAt, expiresAt, lastUsedAt, current } = apiKey;
  return (
    <Row className={state === 'active' ? undefined : 'is-over'}>
      <Cell label="Key" className="free-text key-name">
        <strong>{name}</strong> {current && <span className="this-tab">this tab</span>}
        <br />
        <code className="muted">{id}</code>
      </Cell>
      <Cell label="State">
        <KeyState state={state} />
        <OldSecret endsAt={apiKey.oldSecretEndsAt} />
      </Cell>
      <Cell label="Role">{role}</Cell>
      <Cell label="Bound to" className="free-text">
        <KeyRestrictions apiKey={apiKey} />
      </Cell>
      <Cell label="Created">
        <Time timeMs={Date.parse(createdAt)} />
      </Cell>
      <Cell label="Expires">{expiresAt ? <Time timeMs={Date.parse(expiresAt)} /> : 'never'}</Cell>
      <Cell label="Last used">{lastUsedAt ? <Ago timeMs={Date.parse(lastUsedAt)} /> : 'never'}</Cell>
      <Cell label="Actions" className="wide">
        {state !== 'revoked' && (
          <div className="actions">
            {state === 'active' && (
              <button type="button" onClick={rotate}>
                Rotate<span className="hidden"> {name}</span>
              </button>
            )}
            <button type="button" className="danger" onClick={revoke}>
              Revoke<span className="hidden"> {name}</span>
            </button>
          </div>
        )}
      </Cell>
    </Row>
  );
}

/** Says how long the old secret stays valid after a rotation. */
function OldSecret({ endsAt }: { endsAt: string | undefined }): ReactNode {
  const nowMs = useNow();
  if (endsAt === undefined || Date.parse(endsAt) <= nowMs) return undefined;
  return (
    <p className="muted key-note">
      old secret valid until <Time timeMs={Date.parse(endsAt)} />
    </p>
  );
}

function KeyRestrictions({
  apiKey: { role, sensors, zones, readingsPerSecond, requestsPerSecond },
}: {
  apiKey: Key;
}): ReactNode {
  const restrictions = [
    sensors && `sensors ${sensors.join(', ')}`,
    zones && `zones ${zones.join(', ')}`,
    readingsPerSecond !== undefined && limit(readingsPerSecond, 'readings'),
    requestsPerSecond !== undefined && limit(requestsPerSecond, 'requests'),
  ].filter((restriction) => typeof restriction === 'string');
  if (restrictions.length === 0)
    return <span className="muted">{role === 'device' ? 'any sensor' : '–'}</span>;
  return (
    <ul className="restrictions">
      {restrictions.map((restriction) => (
        <li key={restriction}>{restriction}</li>
      ))}
    </ul>
  );
}

function limit(perSecond: number, unit: string): string {
  return perSecond === 0 ? `unlimited ${unit}` : `${formatRate(perSecond)} ${unit}/s`;
}
