import fc from 'fast-check';

import { matches } from '../../src/auth/pattern.js';

describe('a pattern of sensors or zones', () => {
  it.each([
    ['pump_1', 'pump_1', true],
    ['pump_1', 'pump_10', false],
    ['pump_*', 'pump_', true],
    ['pump_*', 'pump_1', true],
    ['pump_*', 'fan_1', false],
    ['*', 'anything', true],
    ['*_1', 'pump_1_1', true],
    ['a*b*c', 'aXXbYYbc', true],
    ['a*b*c', 'aXXbYY', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
  ])('%s matches %s: %s', (pattern, text, fits) => {
    expect(matches(pattern, text)).toBe(fits);
  });

  it('matches what the corresponding regular expression matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (pattern, input) => {
        expect(matches(pattern, input)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(input));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is fast even when it is built to be slow', () => {
    const pattern = '*a'.repeat(64);
    const start = process.cpuUsage().user;
    for (let turn = 0; turn < 100; turn += 1) matches(pattern, `${'a'.repeat(127)}b`);
    // A regular expression would take years.
    expect((process.cpuUsage().user - start) / 1000).toBeLessThan(2_000);
  });
});
