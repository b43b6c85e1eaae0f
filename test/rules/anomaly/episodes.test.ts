import fc from 'fast-check';

import { Episodes, thresholdOf } from '../../../src/rules/anomaly/episodes.js';

const MINUTE_US = 60_000_000;

/** What a series of scores, one each `everyUs`, begins and ends. */
function run(scores: readonly number[], { sensitivity = 0.5, everyUs = 5 * MINUTE_US } = {}) {
  const episodes = new Episodes(sensitivity);
  return scores.map((score, index) => episodes.step(score, index * everyUs));
}

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);
const started = (steps: readonly unknown[]) => steps.filter((step) => step === 'started').length;

describe('episodes of an anomaly rule', () => {
  it('start with the first score that reaches 1 − sensitivity', () => {
    expect(run([0.2, 0.49, 0.5, 0.9])).toEqual([undefined, undefined, 'started', undefined]);
    expect(run([0.5, 0.74, 0.75], { sensitivity: 0.25 })).toEqual([undefined, undefined, 'started']);
    expect(run([0.2, 0.25], { sensitivity: 0.75 })).toEqual([undefined, 'started']);
  });

  it('are one event however irregular the scores are', () => {
    const ragged = [...times(30, 0), 0.9];
    expect(started(run(Array.from({ length: 50 }, () => ragged).flat()))).toBe(1);
  });

  it('end once scores have been low for 36 readings, and can begin again after that', () => {
    const steps = run([0.9, ...times(36, 0.1), 0.9]);
    expect(steps.indexOf('ended')).toBe(36);
    expect(steps.lastIndexOf('started')).toBe(37);
    expect(run([0.9, ...times(35, 0.1), 0.9, ...times(35, 0.1)])).not.toContain('ended');
  });

  it('last at least 15 min after the last high score when readings come fast', () => {
    const steps = run([0.9, ...times(1_000, 0)], { everyUs: 1_000_000 });
    expect(steps.indexOf('ended')).toBe(1 + 15 * 60);
  });

  it('go on while scores waver below the threshold', () => {
    expect(run([0.9, ...times(500, 0.13)])).not.toContain('ended');
    expect(run([0.9, ...times(500, 0.12)])).toContain('ended');
  });

  it('end as usual when they began while a clock was ten years ahead', () => {
    const episodes = new Episodes(0.5);
    const aheadUs = 10 * 365 * 86_400e6;
    episodes.step(0.9, aheadUs);
    episodes.step(0.1, aheadUs + MINUTE_US);
    const steps = times(60, 0.1).map((score, index) => episodes.step(score, index * 5 * MINUTE_US));
    expect(steps.indexOf('ended')).toBe(34);
  });

  it('hardly ever start at sensitivity 0, and start at a score of 0.02 at sensitivity 1', () => {
    expect([thresholdOf(0), thresholdOf(0.5), thresholdOf(1)]).toEqual([0.98, 0.5, 0.02]);
    expect(started(run([0.97], { sensitivity: 0 }))).toBe(0);
    expect(started(run([1], { sensitivity: 0 }))).toBe(1);
    expect(started(run([0], { sensitivity: 1 }))).toBe(0);
    expect(started(run([0.02], { sensitivity: 1 }))).toBe(1);
  });

  it('begin and end alternately, and continue unchanged from a saved state', () => {
    const score = fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(score, fc.integer({ min: 1, max: 60 })), { maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(1_000),
        (runs, sensitivity, cut) => {
          const scores = runs.flatMap(([value, count]) => times(count, value));
          const whole = run(scores, { sensitivity });
          const events = whole.filter((step) => step !== undefined);
          expect(events).toEqual(events.map((_, index) => (index % 2 === 0 ? 'started' : 'ended')));

          let episodes = new Episodes(sensitivity);
          const interrupted = scores.map((each, index) => {
            if (index === cut)
              episodes = new Episodes(
                sensitivity,
                JSON.parse(JSON.stringify(episodes.state)) as Episodes['state'],
              );
            return episodes.step(each, index * 5 * MINUTE_US);
          });
          expect(interrupted).toEqual(whole);
        },
      ),
    );
  });
});
