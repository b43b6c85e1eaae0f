import type { Type } from '@nestjs/common';
import fc from 'fast-check';

import { NewKeyDto, RotationDto } from '../../../src/auth/key.dto.js';
import { ReadingDto } from '../../../src/ingest/reading.dto.js';
import { LatestQueryDto } from '../../../src/latest/latest-query.dto.js';
import { RuleDto } from '../../../src/rules/rule.dto.js';
import { TryRuleDto } from '../../../src/rules/try-rule.dto.js';
import { StreamQueryDto } from '../../../src/stream/stream-query.dto.js';
import { compileCheck } from '../../../src/common/validation/compiled-check.js';
import { RequestValidationPipe } from '../../../src/common/validation/request-validation.pipe.js';

const ODD = fc.oneof(
  fc.string(),
  fc.double(),
  fc.constantFrom(undefined, null, true, {}, [], ['a'], [{}], 'a\\b', ' a', '', 'x'.repeat(129)),
);

/** @param good what each field may be: it mostly is, and now and then something odd */
function bodyOf(good: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const usual = Object.fromEntries(
    Object.entries(good).map(([name, arbitrary]) => [
      name,
      fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: ODD }),
    ]),
  );
  return fc.oneof(
    { weight: 8, arbitrary: fc.record(usual) },
    { weight: 2, arbitrary: fc.record(usual, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.record({ ...usual, extra: ODD, constructor: ODD }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: ODD },
  );
}

const NAME = fc.constantFrom('s', 'sensor_001', '🌡️');
const NUMBER = fc.double({ noNaN: true, noDefaultInfinity: true });
const TIME = fc.constantFrom('2026-01-30T12:00:00Z', '2199-01-01T00:00:00+02:00', 1_769_782_718_123);

const PERHAPS = fc.option(NAME, { nil: undefined });

const BODIES: readonly [string, Type<object>, fc.Arbitrary<unknown>][] = [
  [
    'a reading',
    ReadingDto,
    bodyOf({ sensorId: NAME, zone: NAME, value: NUMBER, latencyMs: NUMBER, timestamp: TIME }),
  ],
  [
    'a key',
    NewKeyDto,
    bodyOf({
      name: NAME,
      role: fc.constantFrom('device', 'reader', 'admin'),
      sensors: fc.option(fc.array(NAME, { minLength: 1 }), { nil: undefined }),
      zones: fc.option(fc.array(NAME, { minLength: 1 }), { nil: undefined }),
      expiresAt: TIME,
      readingsPerSecond: fc.nat(100),
      requestsPerSecond: fc.nat(100),
    }),
  ],
  ['a query', LatestQueryDto, bodyOf({ zone: PERHAPS, sensorId: PERHAPS })],
  ['a rotation', RotationDto, bodyOf({ graceSeconds: fc.nat(1000) })],
];

describe('a compiled check', () => {
  it.each(BODIES)('accepts %s only when class-validator does, with the same result', (_, dto, body) => {
    const compiled = compileCheck(dto);
    const pipe = new RequestValidationPipe();
    let yes = 0;
    const check = fc.property(body, (value) => {
      // As it comes from JSON, which knows no undefined and no NaN.
      const [parsed] = JSON.parse(JSON.stringify([value])) as unknown[];
      const instance = compiled(parsed);
      if (!instance) return;
      yes += 1;
      expect(instance).toStrictEqual(pipe.validate(parsed, 'body', dto));
    });
    fc.assert(check, { numRuns: 2_000 });
    expect(yes).toBeGreaterThan(20);
  });

  it.each([
    ['transforms what comes', StreamQueryDto, { sensorId: 'a,b' }],
    ['is of several kinds', RuleDto, { kind: 'silent', afterSeconds: 60 }],
    ['holds another', TryRuleDto, {}],
  ])('leaves a class that %s to class-validator', (_, dto, body) => {
    expect(compileCheck(dto as Type<object>)(body)).toBeUndefined();
  });

  it('accepts every valid reading, or it would be of no use', () => {
    const compiled = compileCheck(ReadingDto);
    const right = fc.record(
      { sensorId: NAME, zone: NAME, value: NUMBER, latencyMs: NUMBER, timestamp: TIME },
      { requiredKeys: ['sensorId', 'zone', 'value', 'latencyMs'] },
    );
    fc.assert(
      fc.property(right, (body) => {
        expect(compiled(body)).toBeInstanceOf(ReadingDto);
      }),
    );
  });
});
