import fc from 'fast-check';

import type { Accepted } from '../../src/rules/evaluator.js';
import { WatchedSensor } from '../../src/rules/watched-sensor.js';
import type { SystemEvent } from '../../src/model/system-event.js';
import type { Reading } from '../../src/model/reading.js';
import type { Rule } from '../../src/rules/rule.js';
import { above, accepted, evaluatorOf, inShort, judge, reading, silent } from './accepted.js';

const values = (readings: readonly number[]): Reading[] => readings.map((value, i) => reading(value, i));

describe('a threshold', () => {
  it('is crossed by a value above it and left by one below the hysteresis, each reported once', async () => {
    const evaluator = evaluatorOf([above(100, { hysteresis: 2 })]);
    const events = await judge(evaluator, values([100, 100.1, 120, 99, 98.1, 98, 97, 101]));
    expect(inShort(events)).toEqual([
      ['critical', 1, 's'],
      ['normal', 5, 's'],
      ['critical', 7, 's'],
    ]);
    expect(events[0]).toMatchObject({
      value: 100.1,
      zone: 'z',
      ruleId: 'r',
      message: 's is above 100: 100.1 (rule)',
    });
  });

  it('tells values with the digits that people read, and with all where fewer would contradict the threshold', async () => {
    const evaluator = evaluatorOf([above(100)]);
    const events = await judge(
      evaluator,
      values([120.123456789, 99.999999, 1_234_567.89, -0.000123456789, 100.000001]),
    );
    expect(
      events.map(({ message }) => message.replace(/^s is (?:above 100: |back at )|,? .*$/g, '')),
    ).toEqual(['120.12', '99.999999', '1234568', '-0.00012346', '100.000001']);
    expect(events[0]?.value).toBe(120.123456789);
  });

  it('from below is the mirror image', async () => {
    const evaluator = evaluatorOf([above(40, { kind: 'below', hysteresis: 2 })]);
    const events = await judge(evaluator, values([40, 39.9, 41.9, 42, 39]));
    expect(inShort(events)).toEqual([
      ['critical', 1, 's'],
      ['normal', 3, 's'],
      ['critical', 4, 's'],
    ]);
  });

  it('waits as long as the rule says, by the timestamps of readings, and again after each normal one', async () => {
    const evaluator = evaluatorOf([above(10, { forSeconds: 5 })]);
    const events = await judge(evaluator, [
      ...[0, 2, 4].map((seconds) => reading(11, seconds)),
      reading(10, 4.5),
      ...[5, 7, 9.9, 10, 30].map((seconds) => reading(11, seconds)),
      reading(10, 31),
    ]);
    expect(inShort(events)).toEqual([
      ['critical', 10, 's'],
      ['normal', 31, 's'],
    ]);
  });

  it('gives the same events as a script of a few lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -2, max: 4 })), {
          maxLength: 60,
        }),
        fc.constantFrom('above', 'below'),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 4 }),
        async (steps, kind, hysteresis, forSeconds) => {
          let now = 0;
          const readings = steps.map(([value, step]) => reading(value, (now += step)));
          const evaluator = evaluatorOf([above(5, { kind, hysteresis, forSeconds })]);
          const expected: [string, number, string][] = [];
          let newest = -Infinity;
          let active = false;
          let since: number | undefined;
          for (const { value, timestampUs } of readings) {
            const seconds = timestampUs / 1e6;
            if (seconds < newest) continue;
            newest = seconds;
            const isBeyond = kind === 'above' ? value > 5 : value < 5;
            const isBack = kind === 'above' ? value <= 5 - hysteresis : value >= 5 + hysteresis;
            if (active) {
              if (isBack) expected.push(['normal', seconds, 's']);
              active = !isBack;
              if (isBack) since = undefined;
            } else if (isBeyond) {
              since ??= seconds;
              active = seconds - since >= forSeconds;
              if (active) expected.push(['critical', seconds, 's']);
            } else since = undefined;
          }
          expect(inShort(await judge(evaluator, readings))).toEqual(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('readings', () => {
  it('older than the newest change no rule', async () => {
    const evaluator = evaluatorOf([above(10)]);
    const events = await judge(evaluator, [
      reading(5, 10),
      reading(99, 9),
      reading(11, 11),
      reading(1, 10.5),
    ]);
    expect(inShort(events)).toEqual([['critical', 11, 's']]);
  });

  it('of the same time and zone are corrections, those of another zone change nothing', async () => {
    const evaluator = evaluatorOf([above(10)]);
    const events = await judge(evaluator, [
      reading(11, 1),
      reading(5, 1, 's', 'y'),
      reading(9, 1),
      reading(12, 2),
    ]);
    expect(inShort(events)).toEqual([
      ['critical', 1, 's'],
      ['normal', 1, 's'],
      ['critical', 2, 's'],
    ]);
  });

  it('are judged by the rules about their sensor, their zone and all, and by no others', async () => {
    const rules = [
      above(10, { id: 'all' }),
      above(10, { id: 'of a', sensorId: 'a' }),
      above(10, { id: 'of hall', zone: 'hall' }),
    ];
    const evaluator = evaluatorOf(rules);
    const events = await judge(evaluator, [
      reading(11, 1, 'a', 'hall'),
      reading(11, 1, 'b', 'hall'),
      reading(11, 1, 'c', 'yard'),
      reading(11, 1, 'a', 'yard'),
    ]);
    expect(events.map(({ sensorId, ruleId }) => `${String(sensorId)}: ${String(ruleId)}`)).toEqual([
      'a: all',
      'a: of hall',
      'a: of a',
      'b: all',
      'b: of hall',
      'c: all',
    ]);
  });
});

describe('a sensor that changes its zone', () => {
  it('is reported, and leaves the rules of the old zone', async () => {
    const evaluator = evaluatorOf([above(10, { zone: 'hall' })]);
    const events = await judge(evaluator, [
      reading(11, 1, 's', 'hall'),
      reading(11, 2, 's', 'yard'),
      reading(12, 3, 's', 'yard'),
      reading(11, 4, 's', 'hall'),
    ]);
    expect(events.map(({ type, message }) => [type, message])).toEqual([
      ['critical', 's is above 10: 11 (rule)'],
      ['normal', 's has moved from hall to yard'],
      ['normal', 's has left hall; this rule no longer watches it (rule)'],
      ['normal', 's has moved from yard to hall'],
      ['critical', 's is above 10: 11 (rule)'],
    ]);
  });

  it('is reported at most ten times an hour', async () => {
    const evaluator = evaluatorOf([]);
    const readings = Array.from({ length: 7_200 }, (_, i) => reading(1, i, 's', i % 2 ? 'hall' : 'yard'));
    const events = await judge(evaluator, readings);
    expect(events).toHaveLength(20);
    expect(events[9]?.message).toMatch(/further changes in this hour are not reported/);
  });
});

describe('a rate', () => {
  it('counts from one reading to the next, up and down', async () => {
    const rule: Rule = { id: 'r', name: 'rule', sinceMs: 0, kind: 'rate', perSecond: 2 };
    const evaluator = evaluatorOf([rule]);
    const events = await judge(evaluator, [
      reading(0, 0),
      reading(20, 10),
      reading(22.1, 11),
      reading(18, 12),
      reading(18, 12),
      reading(17, 13),
    ]);
    expect(inShort(events)).toEqual([
      ['critical', 11, 's'],
      ['normal', 13, 's'],
    ]);
    expect(events[0]?.message).toBe('s changes by 2.1 a second, more than 2: 22.1 (rule)');
  });

  it('takes the largest numbers there are', async () => {
    const rule: Rule = { id: 'r', name: 'rule', sinceMs: 0, kind: 'rate', perSecond: 2 };
    const extremes = values([Number.MAX_VALUE, -Number.MAX_VALUE, -Number.MAX_VALUE]);
    expect(inShort(await judge(evaluatorOf([rule]), extremes))).toEqual([
      ['critical', 1, 's'],
      ['normal', 2, 's'],
    ]);
  });
});

describe('silence', () => {
  it('begins when the rule says, is reported once, and ends with the next reading, however old that is', async () => {
    const evaluator = evaluatorOf([silent(60)]);
    expect(await judge(evaluator, [reading(1, 1_000)])).toEqual([]);
    expect(await evaluator.tick(1_059_990)).toEqual([]);
    expect(inShort(await evaluator.tick(1_060_100))).toEqual([['critical', 1_060, 's']]);
    expect(await evaluator.tick(2_000_000)).toEqual([]);
    const late = [{ readings: [reading(1, 3)], acceptedMs: 2_000_500, position: 2 }];
    expect(inShort(await evaluator.evaluate(late))).toEqual([['normal', 2_000.5, 's']]);
  });

  it('is found between two readings, too, when nothing was checked meanwhile', async () => {
    const evaluator = evaluatorOf([silent(60)]);
    const events = await judge(evaluator, [reading(1, 1_000), reading(1, 1_060)]);
    expect(inShort(events)).toEqual([
      ['critical', 1_060, 's'],
      ['normal', 1_060, 's'],
    ]);
  });

  it('does not begin before the rule was created', async () => {
    const evaluator = evaluatorOf([]);
    await judge(evaluator, [reading(1, 1_000)]);
    evaluator.setRules([silent(60, { sinceRunningMs: 5_000_000 })], []);
    expect(await evaluator.tick(4_999_000)).toEqual([]);
    expect(inShort(await evaluator.tick(5_000_100))).toEqual([['critical', 5_000, 's']]);
  });

  it('follows the sensor into another zone', async () => {
    const evaluator = evaluatorOf([silent(60, { zone: 'hall' }), silent(5, { id: 'p', zone: 'yard' })]);
    await judge(evaluator, [reading(1, 1_000, 's', 'hall'), reading(1, 1_001, 's', 'yard')]);
    expect(inShort(await evaluator.tick(1_006_100))).toEqual([['critical', 1_006, 's']]);
    expect(await evaluator.tick(2_000_000)).toEqual([]);
  });
});

describe('forgetting a sensor', () => {
  it('changes nothing when it is repeated after the sensor has sent again', async () => {
    const evaluator = evaluatorOf([above(10)]);
    await judge(evaluator, [reading(11, 1), reading(11, 2)]);
    evaluator.forget({ sensorId: 's', position: 2 }, 2);
    const again = [{ readings: [reading(12, 3)], acceptedMs: 3_000, position: 3 }];
    expect(inShort(await evaluator.evaluate(again))).toEqual([['critical', 3, 's']]);
    const [json = ''] = [...evaluator.dirty].map((sensor) => sensor.toJson());
    const later = evaluatorOf([above(10)]);
    later.restore(WatchedSensor.fromJson('s', json));
    for (const one of [evaluator, later]) {
      one.forget({ sensorId: 's', position: 2 }, 3);
      const next = [{ readings: [reading(13, 4)], acceptedMs: 4_000, position: 4 }];
      expect(await one.evaluate(next)).toEqual([]);
    }
  });

  it('leaves nothing of it', async () => {
    const evaluator = evaluatorOf([above(10), silent(60)]);
    await judge(evaluator, [reading(11, 1_000)]);
    evaluator.forget({ sensorId: 's', position: 1 }, 1);
    expect(await evaluator.tick(9_000_000)).toEqual([]);
    const again = [{ readings: [reading(12, 2)], acceptedMs: 9_001_000, position: 6 }];
    expect(inShort(await evaluator.evaluate(again))).toEqual([['critical', 2, 's']]);
  });

  it('ends its state each time that it was forgotten', async () => {
    const evaluator = evaluatorOf([above(10)]);
    for (const position of [4, 2]) evaluator.forget({ sensorId: 's', position }, 0);
    const all = [11, 12, 13, 14, 1].map((value, at) => ({
      readings: [reading(value, at)],
      acceptedMs: 5_000,
      position: at + 1,
    }));
    expect(inShort(await evaluator.evaluate(all))).toEqual([
      ['critical', 0, 's'],
      ['critical', 2, 's'],
    ]);
  });

  it('judges first what was accepted before', async () => {
    const evaluator = evaluatorOf([above(10)]);
    await judge(evaluator, [reading(9, 1)]);
    evaluator.forget({ sensorId: 's', position: 3 }, 1);
    const next = [2, 3, 4, 5].map((at) => ({
      readings: [reading(10 + at, at)],
      acceptedMs: 5_000,
      position: at,
    }));
    // The second one is the first after the sensor was forgotten.
    expect(inShort(await evaluator.evaluate(next))).toEqual([
      ['critical', 2, 's'],
      ['critical', 4, 's'],
    ]);
    expect(evaluator.forgets.unsaved).toEqual([{ sensorId: 's', position: 3 }]);
    evaluator.forget({ sensorId: 's', position: 9 }, 5);
    evaluator.forgetUpTo(8);
    expect(evaluator.activeStates().sensorIds).toEqual(['s']);
    evaluator.forgetUpTo(9);
    expect(evaluator.activeStates().sensorIds).toEqual([]);
  });
});

describe('deleting readings', () => {
  const deletion = (from: number, to: number, position: number, zone?: string): Accepted => {
    const range = { sensorId: 's', zone, fromUs: from * 1e6, toUs: to * 1e6 };
    return { readings: [], acceptedMs: 1_000, position, deletion: range };
  };
  const next = (position: number, ...readings: Reading[]): Accepted => ({
    ...{ readings, acceptedMs: 5_000, position },
  });

  it('judges the next reading as if it were the first, when the newest one was deleted', async () => {
    const evaluator = evaluatorOf([above(10)]);
    await judge(evaluator, [reading(11, 1), reading(12, 900)]);
    // By its timestamp this one comes before the reading that is deleted.
    const events = await evaluator.evaluate([deletion(100, 1_000, 3), next(4, reading(13, 4))]);
    expect(inShort(events)).toEqual([['critical', 4, 's']]);
    expect(events[0]?.message).toBe('s is above 10: 13 (rule)');
  });

  it.each([
    ['an older one', deletion(0, 2, 3)],
    ['one of another zone', deletion(0, 100, 3, 'other')],
  ])('changes nothing when %s was deleted', async (_, one) => {
    const evaluator = evaluatorOf([above(10)]);
    await judge(evaluator, [reading(9, 1), reading(11, 2)]);
    expect(await evaluator.evaluate([one, next(4, reading(12, 3))])).toEqual([]);
  });

  it('reports that a sensor has moved, and judges it by the rules of its new zone', async () => {
    const evaluator = evaluatorOf([above(10, { zone: 'y' })]);
    await judge(evaluator, [reading(11, 1)]);
    const events = await evaluator.evaluate([deletion(0, 9, 2), next(3, reading(12, 3, 's', 'y'))]);
    expect(events.map(({ message }) => message)).toEqual([
      's has moved from z to y',
      's is above 10: 12 (rule)',
    ]);
  });

  it('does not change whether the sensor is silent', async () => {
    const evaluator = evaluatorOf([silent(60)]);
    await judge(evaluator, [reading(1, 1)]);
    await evaluator.evaluate([deletion(0, 9, 2)]);
    expect(inShort(await evaluator.tick(100_000))).toEqual([['critical', 61, 's']]);
    await evaluator.evaluate([deletion(0, 9, 3)]);
    expect(await evaluator.tick(200_000)).toEqual([]);
  });
});

describe('events', () => {
  const rules = [
    above(5, { id: 'a', hysteresis: 2 }),
    above(3, { id: 'b', kind: 'below', forSeconds: 2, zone: 'hall' }),
    { id: 'c', name: 'fast', sinceMs: 0, kind: 'rate', perSecond: 3 } as Rule,
    silent(4, { id: 'd' }),
    silent(2, { id: 'e', zone: 'yard' }),
  ];
  const steps = fc.array(
    fc.record({
      sensorId: fc.constantFrom('s', 't'),
      zone: fc.constantFrom('hall', 'hall', 'hall', 'yard'),
      value: fc.integer({ min: 0, max: 9 }),
      step: fc.integer({ min: 0, max: 5 }),
      late: fc.constantFrom(0, 0, 0, 3),
      /** Whether the newest seconds of the sensor are deleted, and nothing is sent. */
      deletes: fc.constantFrom(false, false, false, false, false, true),
      /** What happens behind it. */
      then: fc.constantFrom('nothing', 'nothing', 'a tick', 'a kill', 'a batch ends'),
    }),
    { maxLength: 40 },
  );

  it('are the same however accepted readings are cut into pieces, and whenever the gateway is killed', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        let nowMs = 0;
        const all = taken.map(({ sensorId, zone, value, step, late, deletes }, i): Accepted => {
          nowMs += step * 1_000;
          const deletion = { sensorId, fromUs: (nowMs - 3_000) * 1_000, toUs: nowMs * 1_000 + 1 };
          if (deletes) return { readings: [], acceptedMs: nowMs, position: i + 1, deletion };
          const readings = [reading(value, nowMs / 1_000 - late, sensorId, zone)];
          return { readings, acceptedMs: nowMs, position: i + 1 };
        });
        const whole = evaluatorOf(rules);
        const expected = [...(await whole.evaluate(all)), ...(await whole.tick(nowMs + 60_000))];

        let evaluator = evaluatorOf(rules);
        let saved: { readonly next: number; readonly sensors: [string, string][] } = { next: 0, sensors: [] };
        const kept = new Map<string, SystemEvent>();
        const keep = (events: readonly SystemEvent[]): void => {
          for (const event of events) kept.set(event.id, event);
        };
        const killed = new Set<number>();
        const known = new Map<string, string>();
        for (let next = 0, begin = 0; next < all.length;) {
          const { then = 'nothing' } = taken[next] ?? {};
          next += 1;
          if (then === 'nothing' && next < all.length) continue;
          keep(await evaluator.evaluate(all.slice(begin, next)));
          begin = next;
          const lastMs = all[next - 1]?.acceptedMs ?? 0;
          // A tick knows what was accepted until then, and no more.
          if (then === 'a tick')
            keep(await evaluator.tick(Math.min(lastMs + 2_500, all[next]?.acceptedMs ?? Infinity)));
          if (then === 'a batch ends') {
            for (const sensor of evaluator.dirty) known.set(sensor.sensorId, sensor.toJson());
            evaluator.dirty.clear();
            saved = { next, sensors: [...known] };
          }
          if (then === 'a kill' && !killed.has(next)) {
            killed.add(next);
            evaluator = evaluatorOf(rules);
            for (const [sensorId, json] of saved.sensors)
              evaluator.restore(WatchedSensor.fromJson(sensorId, json));
            known.clear();
            for (const [sensorId, json] of saved.sensors) known.set(sensorId, json);
            next = begin = saved.next;
          }
        }
        keep(await evaluator.tick(nowMs + 60_000));
        const byId = (a: SystemEvent, b: SystemEvent): number => (a.id < b.id ? -1 : 1);
        expect([...kept.values()].sort(byId)).toEqual(
          [...new Map(expected.map((event) => [event.id, event])).values()].sort(byId),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('accepted readings', () => {
  it('of one request are judged in their order', async () => {
    const evaluator = evaluatorOf([above(10)]);
    const together = accepted(values([11, 1, 12]))
      .map(({ readings }) => readings)
      .flat();
    const events = await evaluator.evaluate([{ readings: together, acceptedMs: 0, position: 3 }]);
    expect(events.map(({ type }) => type)).toEqual(['critical', 'normal', 'critical']);
  });
});

describe('anomalies', () => {
  const rule: Rule = { id: 'x', name: 'odd', sinceMs: 0, kind: 'anomaly', sensitivity: 0.5 };
  // Ten days, one reading in five minutes, with a day's course and some noise; near the end it breaks down.
  const series = Array.from({ length: 2_880 }, (_, i) => {
    const noise = Math.sin(i * 12.9898) * 0.5 + Math.sin(i * 78.233) * 0.5;
    const usual = 50 + 10 * Math.sin((i / 288) * 2 * Math.PI) + noise;
    return reading(i >= 2_600 && i < 2_640 ? 5 : usual, i * 300);
  });

  it('are reported once per episode, when it begins', async () => {
    const events = await judge(evaluatorOf([rule]), series);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'anomaly', sensorId: 's', zone: 'z', value: 5, ruleId: 'x' });
    expect((events[0]?.timeUs ?? 0) / 3e8).toBeGreaterThanOrEqual(2_600);
    expect((events[0]?.timeUs ?? 0) / 3e8).toBeLessThan(2_610);
  });

  it('are the same when the learned state is saved and restored', async () => {
    const expected = await judge(evaluatorOf([rule]), series);
    const all = accepted(series);
    let evaluator = evaluatorOf([rule]);
    const events: SystemEvent[] = [];
    for (let begin = 0; begin < all.length; begin += 97) {
      events.push(...(await evaluator.evaluate(all.slice(begin, begin + 97))));
      const sensors = [...evaluator.dirty].map((sensor) => sensor.toJson());
      const watches = [...evaluator.anomalies.changed()];
      evaluator = evaluatorOf([rule]);
      for (const json of sensors) evaluator.restore(WatchedSensor.fromJson('s', json));
      for (const watch of watches) evaluator.anomalies.restore(rule, watch);
    }
    expect(events).toEqual(expected);
  });
});
