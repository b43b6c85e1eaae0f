import { draftFromQuery, parseDraft, type RuleDraft } from '../../dashboard/src/rules/rule-draft.js';

const parse = (changes: Partial<RuleDraft>): ReturnType<typeof parseDraft> =>
  parseDraft({ ...draftFromQuery(new URLSearchParams('threshold=80')), ...changes });

describe('the form of a rule', () => {
  it.each([
    { threshold: '1e999' },
    { hysteresis: '1e999' },
    { forSeconds: { amount: '1e999', unit: 'seconds' } },
    { kind: 'rate', perSecond: { amount: '1e999', unit: 'per second' } },
    { kind: 'silent', afterSeconds: { amount: '1e999', unit: 'days' } },
    { threshold: '-1e308', hysteresis: '1e308' },
  ] as const)('refuses numbers that are not finite: %j', (changes) => {
    expect(parse(changes).rule).toBeUndefined();
  });

  it('names both numbers that a text may mean, and reads a minus sign', () => {
    expect(parse({ threshold: '1,000' }).problems.threshold).toContain('May be 1000 or 1.000');
    expect(parse({ threshold: '1.000' }).rule).toMatchObject({ threshold: 1 });
    expect(parse({ threshold: '−5' }).rule).toMatchObject({ threshold: -5 });
  });
});
