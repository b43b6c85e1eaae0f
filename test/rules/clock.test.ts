import type { SystemEvent } from '../../src/model/system-event.js';
import type { Evaluator } from '../../src/rules/evaluator.js';
import type { Rule } from '../../src/rules/rule.js';
import { WatchedSensor } from '../../src/rules/watched-sensor.js';
import { above, AcceptingGateway, evaluatorOf, silent } from './accepted.js';

const HOUR_S = 3_600;
const DECADE_S = 10 * 365 * 86_400;
const rate: Rule = { id: 'r', name: 'rule', sinceMs: 0, kind: 'rate', perSecond: 2 };

describe('rules of a gateway whose clock is set', () => {
  let gateway: AcceptingGateway;
  let evaluator: Evaluator;
  let messages: string[];
  /** The time of the last event, and what the clock showed then. */
  let lastS: number;

  const begin = (...rules: Rule[]): void => {
    gateway = new AcceptingGateway();
    evaluator = evaluatorOf(rules);
    evaluator.maxAheadMs = HOUR_S * 1_000;
    messages = [];
    lastS = NaN;
  };
  const take = (events: readonly SystemEvent[]): void => {
    for (const { message, timeUs } of events) {
      messages.push(message);
      lastS = timeUs / 1e6;
    }
  };
  const given = async (...values: Parameters<AcceptingGateway['given']>): Promise<void> => {
    take(await evaluator.evaluate([gateway.given(...values)]));
  };
  const sent = async (...values: Parameters<AcceptingGateway['sent']>): Promise<void> => {
    take(await evaluator.evaluate([gateway.sent(...values)]));
  };
  const tick = async (): Promise<void> => {
    take(await evaluator.tick(gateway.wallMs, gateway.steady));
  };

  describe.each([2 * HOUR_S, DECADE_S, -2 * HOUR_S, -DECADE_S, -5])('by %d s', (leapS) => {
    it('call a sensor silent when it was, by the time that has passed', async () => {
      begin(silent(60));
      await given(1);
      gateway.pass(2).leap(leapS);
      await tick();
      gateway.pass(57.9);
      await tick();
      expect(messages).toEqual([]);
      gateway.pass(0.2);
      await tick();
      expect(messages).toEqual(['s is silent: no reading was accepted for 60 s (rule)']);
      expect(lastS).toBeCloseTo(gateway.wallSeconds - 0.1, 5);
      gateway.leap(-leapS).pass(10);
      await given(1);
      expect(messages.slice(1)).toEqual(['s sends again after 70.1 s (rule)']);
      expect(lastS).toBe(gateway.wallSeconds);
    });

    it('see neither a fast change nor miss one', async () => {
      begin(rate);
      await given(0);
      gateway.pass(1).leap(leapS);
      const isPushed = leapS > -10 && leapS < 0;
      await given(1, 's', isPushed ? 4_001 : 0);
      gateway.pass(isPushed ? 5 : 1);
      await given(2);
      expect(messages).toEqual([]);
      gateway.pass(1);
      await given(5);
      expect(messages).toEqual(['s changes by 3 a second, more than 2: 5 (rule)']);
      if (isPushed) return;
      gateway.pass(1).leap(-leapS);
      await given(8.5);
      gateway.pass(1).leap(leapS);
      await given(8.5);
      expect(messages.slice(1)).toEqual(['s no longer changes by more than 2 a second: 8.5 (rule)']);
    });

    it('wait as long as the rule says', async () => {
      begin(above(10, { forSeconds: 30 }));
      await given(11);
      gateway.pass(10).leap(leapS);
      await given(11, 's', leapS === -5 ? 1 : 0);
      gateway.pass(19.9);
      await given(11);
      expect(messages).toEqual([]);
      gateway.pass(0.1);
      await given(12);
      expect(messages).toEqual(['s is above 10 for 30 s: 12 (rule)']);
    });
  });

  it('do not count the time while the gateway is off', async () => {
    begin(silent(60), above(10, { forSeconds: 60 }));
    await given(11);
    gateway.pass(20);
    await tick();
    gateway.restart(HOUR_S).pass(2);
    await tick();
    gateway.pass(5);
    await given(11, 't');
    // The 2 s of the start do not count.
    gateway.pass(34);
    await tick();
    expect(messages).toEqual([]);
    gateway.pass(1.1);
    await tick();
    expect(messages).toEqual(['s is silent: no reading was accepted for 60 s (rule)']);
  });

  it('judge a change while the gateway was off by the timestamps', async () => {
    begin(rate);
    await given(0);
    gateway.pass(1).restart(HOUR_S).pass(1);
    await given(3_600);
    gateway.pass(1).restart(1).pass(1);
    await given(3_700);
    expect(messages).toEqual(['s changes by 33.33 a second, more than 2: 3700 (rule)']);
  });

  it('follow a sensor again at once when its newest reading lies ahead of the corrected clock', async () => {
    begin(above(10));
    gateway.leap(DECADE_S);
    await given(11);
    gateway.pass(1).leap(-DECADE_S);
    await given(9);
    gateway.pass(1);
    await sent(12);
    gateway.pass(1);
    await sent(9, -2);
    expect(messages).toEqual([
      's is above 10: 11 (rule)',
      's is back at 9, no longer above 10 (rule)',
      's is above 10: 12 (rule)',
    ]);
  });

  it('judge how fast a value changes from one request to the next when each brings several', async () => {
    begin(rate);
    for (const value of [0, 1, 9]) {
      const [first, second] = [gateway.given(value), gateway.given(value, 's', 1)];
      const readings = [...first.readings, ...second.readings];
      take(await evaluator.evaluate([{ ...second, readings, stamps: '12' }]));
      gateway.pass(1);
    }
    expect(messages).toEqual(['s changes by 8 a second, more than 2: 9 (rule)']);
  });

  it('do not judge how fast a value changed where nobody knows the time that passed', async () => {
    begin(rate);
    gateway.leap(DECADE_S);
    await given(0);
    gateway.pass(1).leap(-DECADE_S);
    await sent(100);
    gateway.pass(1);
    await sent(101);
    expect(messages).toEqual([]);
  });

  it('let a wait start over that seems to begin in the future', async () => {
    begin(above(10, { forSeconds: 30 }));
    gateway.leap(DECADE_S);
    await given(11);
    gateway.pass(1).leap(-DECADE_S);
    await sent(11);
    gateway.pass(29);
    await sent(11);
    expect(messages).toEqual([]);
    gateway.pass(1);
    await sent(11);
    expect(messages).toEqual(['s is above 10 for 30 s: 11 (rule)']);
  });

  it('judge readings that were given stamps fast by these', async () => {
    begin(rate);
    await given(0);
    for (let i = 1; i < 10; i += 1) {
      gateway.pass(0.0004);
      await given(i / 2_000);
    }
    expect(messages).toEqual([]);
    gateway.pass(0.0004);
    await given(1);
    expect(messages).toHaveLength(1);
  });
});

describe('a device whose clock is ahead', () => {
  it('is reported once an hour, by the time that passes', async () => {
    const gateway = new AcceptingGateway();
    const evaluator = evaluatorOf([]);
    const events: SystemEvent[] = [];
    const send = async (minutes: number): Promise<void> => {
      events.push(...(await evaluator.evaluate([gateway.sent(1, minutes * 60)])));
    };
    await send(1);
    await send(20);
    const [event] = events;
    expect(event).toMatchObject({
      type: 'anomaly',
      sensorId: 's',
      zone: 'z',
      message: `s sends timestamps 20 min ahead of the gateway's clock: until then, rules and the latest value do not follow its other readings`,
      timeUs: gateway.wallMs * 1_000,
    });
    for (let minute = 0; minute < 59; minute += 1) {
      gateway.pass(60).leap(10 * HOUR_S);
      await send(20);
    }
    expect(events).toHaveLength(1);
    gateway.pass(60);
    await send(300);
    expect(events.slice(1).map(({ message }) => message)).toEqual([
      expect.stringContaining('s sends timestamps 5 h ahead'),
    ]);
  });

  it('is reported for a hundred sensors an hour, also when they are judged again after a crash', async () => {
    const gateway = new AcceptingGateway();
    const entries = Array.from({ length: 150 }, (_, index) => gateway.pass(1).sent(1, 1_200, `s${index}`));
    const events = await evaluatorOf([]).evaluate(entries);
    expect(events).toHaveLength(100);
    expect(events.at(-1)?.message).toMatch(/further sensors in this hour are not reported$/);
    const [before, after] = [evaluatorOf([]), evaluatorOf([])];
    await before.evaluate(entries.slice(0, 60));
    for (const sensor of before.dirty)
      after.restore(WatchedSensor.fromJson(sensor.sensorId, sensor.toJson()));
    const again = await after.evaluate(entries.slice(60));
    expect(again.map(({ message }) => message)).toEqual(events.slice(60).map(({ message }) => message));
  });

  it('is not the gateway that pushes stamps, nor a reading of which nobody knows who stamped it', async () => {
    const gateway = new AcceptingGateway();
    const { residue: _, ...unknown } = gateway.sent(1, 3_000);
    const evaluator = evaluatorOf([]);
    expect(await evaluator.evaluate([gateway.given(1, 's', 100_000), unknown])).toEqual([]);
  });

  it('beyond what is accepted now counts no longer as newest', async () => {
    const gateway = new AcceptingGateway();
    const evaluator = evaluatorOf([above(10)]);
    evaluator.maxAheadMs = HOUR_S * 1_000;
    await evaluator.evaluate([gateway.sent(9, HOUR_S)]);
    gateway.leap(-HOUR_S / 2);
    expect(await evaluator.evaluate([gateway.sent(11)])).toHaveLength(1);
  });
});
