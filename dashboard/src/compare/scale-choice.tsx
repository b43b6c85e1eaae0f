import type { ReactNode } from 'react';

import type { ChartLine } from '../chart/chart-data.js';

/** Lines count as flat when the common scale is this many times as high as they are. */
const FLAT_FACTOR = 20;

interface ScaleChoiceProps {
  readonly lines: readonly ChartLine[];
  readonly hasOwnScales: boolean;
  readonly onChange: (hasOwnScales: boolean) => void;
}

/** Offers a scale for each line, and says what that hides, or what the common one hides. */
export function ScaleChoice({ lines, hasOwnScales, onChange }: ScaleChoiceProps): ReactNode {
  const flat = hasOwnScales ? [] : flatLines(lines);
  return (
    <div className="row">
      <label className="own-scales">
        <input type="checkbox" checked={hasOwnScales} onChange={({ target }) => onChange(target.checked)} />
        Own scale each
      </label>
      {hasOwnScales && (
        <span className="muted">
          Each line fills the height from its smallest to its largest value, so heights do not compare.
        </span>
      )}
      {flat.length > 0 && (
        <span className="muted" role="status">
          The values are of very different size, so {flat.join(' and ')} {flat.length > 1 ? 'look' : 'looks'}{' '}
          flat.
        </span>
      )}
    </div>
  );
}

/** The names of the lines that a common scale shows as flat. */
function flatLines(lines: readonly ChartLine[]): string[] {
  const extents = lines.map(({ name, series }) => {
    const values = [...series.min, ...series.max].filter((value) => value !== null);
    const min = values.reduce((least, value) => Math.min(least, value), Infinity);
    const max = values.reduce((most, value) => Math.max(most, value), -Infinity);
    return { name, min, max };
  });
  const height = Math.max(...extents.map(({ max }) => max)) - Math.min(...extents.map(({ min }) => min));
  return extents
    .filter(({ min, max }) => max > min && (max - min) * FLAT_FACTOR < height)
    .map(({ name }) => name);
}
