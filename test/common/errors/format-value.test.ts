import { formatValue } from '../../../src/common/errors/format-value.js';

describe('formatValue', () => {
  it.each([
    [undefined, 'nothing'],
    [1.5, '1.5'],
    ['a"b', String.raw`"a\"b"`],
    ['\ufeffx\u200b\u202e\u00a0\u2028', String.raw`"\ufeffx\u200b\u202e\u00a0\u2028"`],
    ['\u{e0041}', String.raw`"\udb40\udc41"`],
    ['é 温度 😀', '"é 温度 😀"'],
    ['x'.repeat(129), `"${'x'.repeat(79)}… (129 characters)`],
    ['"'.repeat(79), `"${String.raw`\"`.repeat(39)}\\… (79 characters)`],
    [{ a: [1, '\0'] }, String.raw`{"a":[1,"\u0000"]}`],
  ])('shows %j', (value, shown) => {
    expect(formatValue(value)).toBe(shown);
  });
});
