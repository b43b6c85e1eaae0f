import type { ReactNode } from 'react';

import { formatCount } from '../common/format.js';

/** In plain words, for those that are seen most; docs/errors.md has all. */
const WORDS: Readonly<Record<string, string>> = {
  INVALID_READING: 'a field is missing, or not what it must be',
  INVALID_JSON: 'the body is no JSON',
  INVALID_LINE_PROTOCOL: 'a line is no line protocol',
  TIMESTAMP_IN_FUTURE: 'the device’s clock is ahead',
  SENSOR_NOT_ALLOWED: 'the key is bound to other sensors or zones',
  TOO_MANY_SENSORS: 'there are MAX_SENSORS sensors, or the sender has its share of new ones',
  DEAD_LETTERS_FULL: 'the sensor has too many dead letters',
  RATE_LIMITED: 'more than its limit allows',
  JOURNAL_FULL: 'the journal was full; devices send it again',
  DISK_FULL: 'the disk was nearly full; devices send it again',
  JOURNAL_UNAVAILABLE: 'the disk did not take it; devices send it again',
  TOO_BUSY: 'too much at once; devices send it again',
  DRAINING: 'the gateway was being shut down; devices send it again',
};

/** What was not accepted, and why. */
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
            Since the gateway started; none of these was acknowledged, so whoever sent it knows.
          </p>
          <dl className="refused">
            {codes.map(([code, count]) => (
              <div key={code}>
                <dt>
                  <code>{code}</code>
                  <span className="muted">{WORDS[code] ?? ''}</span>
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
