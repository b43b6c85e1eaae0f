import type { ReactNode } from 'react';

import { formatCount } from '../common/format.js';

/** Explanations of the most frequent codes; docs/errors.md lists all. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  INVALID_READING: 'a field is missing or invalid',
  INVALID_JSON: 'the body is not valid JSON',
  INVALID_LINE_PROTOCOL: 'a line is not valid line protocol',
  TIMESTAMP_IN_FUTURE: 'the device’s clock is ahead',
  TIMESTAMP_TOO_OLD: 'the timestamp is too old, or in another unit',
  SENSOR_NOT_ALLOWED: 'the key is bound to other sensors or zones',
  TOO_MANY_SENSORS: 'MAX_SENSORS is reached, or the sender has used up its share of new sensors',
  DEAD_LETTERS_FULL: 'the sensor has too many dead letters',
  RATE_LIMITED: 'the rate limit was exceeded',
  JOURNAL_FULL: 'the journal was full; devices retry',
  DISK_FULL: 'the disk was nearly full; devices retry',
  JOURNAL_UNAVAILABLE: 'the journal could not write to the disk; devices retry',
  TOO_BUSY: 'too many requests at once; devices retry',
  DRAINING: 'the gateway was shutting down; devices retry',
};

/** How many readings were refused, by code. */
export function Refused({ refused }: { refused: Readonly<Record<string, number>> }): ReactNode {
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return (
    <section className="card padded stack" aria-labelledby="refused">
      <h2 id="refused">Refused</h2>
      {codes.length === 0 ? (
        <p className="muted">Nothing was refused since the gateway started.</p>
      ) : (
        <>
          <p className="muted">
            Since the gateway started. None was acknowledged: each sender got the code as an error.
          </p>
          <dl className="refused">
            {codes.map(([code, count]) => (
              <div key={code}>
                <dt>
                  <code>{code}</code>
                  <span className="muted">{EXPLANATIONS[code] ?? ''}</span>
                </dt>
                <dd className="number">{formatCount(count)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}
