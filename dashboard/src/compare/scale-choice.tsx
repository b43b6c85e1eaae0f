import type { ReactNode } from 'react';

import type { ChartLine, ChartSeries } from '../chart/chart-data.js';
import { extentOf } from '../chart/extent.js';
import { MiddleCut } from '../common/middle-cut.js';

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
        <div className="muted flat-lines" role="status">
          <p>The values are of very different size, so these lines look flat:</p>
          <ul>
            {flat.map((name) => (
              <li key={name}>
                <MiddleCut text={name} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** The names of the lines that a common scale shows as flat: they do vary, but only by a small part of its height. */
function flatLines(lines: readonly ChartLine[]): string[] {
  const extents = lines.flatMap(({ name, series }) => {
    const extent = extentOf(meansOf(series));
    return extent ? [{ name, ...extent }] : [];
  });
  const height = Math.max(...extents.map(({ max }) => max)) - Math.min(...extents.map(({ min }) => min));
  return extents
    .filter(({ min, max }) => max > min && (max - min) * FLAT_FACTOR < height)
    .map(({ name }) => name);
}

/** The series without the band, which several lines do not have. */
function meansOf({ mean, unfinished, ...series }: ChartSeries): ChartSeries {
  const last = unfinished && { ...unfinished, min: unfinished.mean, max: unfinished.mean };
  return { ...series, mean, min: mean, max: mean, unfinished: last };
}
