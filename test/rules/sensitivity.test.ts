import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeSensitivity } from '../../dashboard/src/rules/sensitivity.js';
import { thresholdOf } from '../../src/rules/anomaly/episodes.js';
import { FAR, RARE, STEEPNESS } from '../../src/rules/anomaly/seasonal-detector.js';
import { ROOT } from '../support/environment.js';

/** Rows of the table under "How to read the score": sensitivity, score, rarity and drift, as written. */
const ROWS =
  readFileSync(join(ROOT, 'docs', 'anomaly.md'), 'utf8')
    .split('an episode starts at a score of')[1]
    ?.split('\n\n')[0]
    ?.split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim())) ?? [];

/** A count as a person writes it: "3.8 million". */
function countOf(text: string): number {
  const [digits = '', word = ''] = text.replaceAll(',', '').split(' ');
  return Number(digits) * ({ '': 1, million: 1e6, trillion: 1e12 }[word] ?? NaN);
}

it('has a table of sensitivities in docs/anomaly.md', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(5);
});

it.each(ROWS.map(([, ...cells]) => cells))(
  'says the same of sensitivity %s in the form, in docs/anomaly.md and in the detector: %s, %s, %s',
  (written = '', score = '', rarity = '', drift = '') => {
    const sensitivity = Number.parseFloat(written);
    const threshold = thresholdOf(sensitivity);
    const surprise = (threshold / (1 - threshold)) ** (1 / STEEPNESS);
    expect(Number(score)).toBeCloseTo(threshold, 2);
    expect(countOf(rarity)).toBe(Number((10 ** (RARE * surprise)).toPrecision(2)));
    expect(drift).toBe((FAR * surprise).toFixed(1));
    expect(describeSensitivity(sensitivity, 'en')).toBe(
      `Reports a single reading that comes once in ${rarity}, or a drift of ${drift} times the usual size.`,
    );
  },
);
