import { type ReactNode, useState } from 'react';

import type { ChartRange } from '../chart/chart-data.js';
import { ErrorNotice } from '../components/error-notice.js';
import { lastReadingMs } from './last-reading.js';
import { endingWith } from './time-range.js';

interface EmptyRangeProps {
  readonly sensorIds: readonly string[];
  /** The times of the newest readings, as far as they are known. */
  readonly knownMs: readonly number[];
  /** The range without readings. */
  readonly range: ChartRange;
  readonly show: (range: ChartRange) => void;
}

/** Says that a range has no readings, and leads to the last ones. */
export function EmptyRange({ sensorIds, knownMs, range, show }: EmptyRangeProps): ReactNode {
  const [error, setError] = useState<Error>();
  const [isUnmeasured, setUnmeasured] = useState(false);
  const go = async (): Promise<void> => {
    setError(undefined);
    try {
      const found = knownMs.length > 0 ? knownMs : await Promise.all(sensorIds.map(lastReadingMs));
      const lastMs = Math.max(...found.map((timeMs) => timeMs ?? -Infinity));
      if (Number.isFinite(lastMs)) show(endingWith(lastMs, range.toMs - range.fromMs));
      else setUnmeasured(true);
    } catch (thrown) {
      setError(thrown as Error);
    }
  };
  return (
    <div className="empty-range">
      <p>{isUnmeasured ? 'There are no readings at all.' : 'No readings in this range.'}</p>
      {!isUnmeasured && (
        <button type="button" onClick={() => void go()}>
          Go to the last reading
        </button>
      )}
      <ErrorNotice error={error} />
    </div>
  );
}
