import fc from 'fast-check';

import type { SystemEvent } from '../../src/model/system-event.js';
import { detectorFactory } from '../../src/rules/anomaly/create-detector.js';
import { type Accepted, Evaluator } from '../../src/rules/evaluator.js';
import type { Rule } from '../../src/rules/rule.js';
import { RunningTime, type RunningTimeState } from '../../src/rules/running-time.js';
import { WatchedSensor } from '../../src/rules/watched-sensor.js';
import { above, AcceptingGateway, silent } from './accepted.js';

const RULES: readonly Rule[] = [
  above(5, { id: 'a', hysteresis: 2 }),
  above(3, { id: 'b', kind: 'below', forSeconds: 3 }),
  { id: 'c', name: 'fast', sinceMs: 0, kind: 'rate', perSecond: 3 },
  silent(4, { id: 'd' }),
  silent(9, { id: 'e', sensorId: 't' }),
];

const BEGIN: RunningTimeState = { nowMs: 0, runs: [] };

/** What is on disk. */
interface Disk {
  readonly judged: number;
  readonly sensors: ReadonlyMap<string, string>;
  readonly time: RunningTimeState;
}

/** The thread of the rules, which a test kills: it judges a journal, and what it finds is in a log at once. */
class Rules {
  readonly log = new Map<string, SystemEvent>();
  /** Where each run of the gateway began, as it was decided when it was seen first. */
  readonly runs = new Map<number, RunningTimeState['runs'][number]>();
  private disk: Disk = { judged: 0, sensors: new Map(), time: BEGIN };
  private time = new RunningTime(BEGIN);
  private evaluator = new Evaluator(RULES, detectorFactory, this.time);
  private judged = 0;

  constructor(private readonly journal: readonly Accepted[]) {}

  async judge(upTo = this.journal.length): Promise<void> {
    const entries = this.journal.slice(this.judged, upTo);
    this.append(await this.evaluator.evaluate(entries));
    this.judged = upTo;
    this.noteRuns();
  }

  async tick({ wallMs, steady }: AcceptingGateway): Promise<void> {
    if (!this.time.knows(steady.run)) this.disk = { ...this.disk, time: this.time.stateAfter(steady) };
    const saveTime = (): void => {
      this.disk = { ...this.disk, time: this.time.state };
    };
    this.append(await this.evaluator.tick(wallMs, steady, saveTime));
    this.noteRuns();
  }

  checkpoint(): void {
    const sensors = new Map(this.disk.sensors);
    for (const sensor of this.evaluator.dirty) sensors.set(sensor.sensorId, sensor.toJson());
    this.evaluator.dirty.clear();
    this.disk = { judged: this.judged, sensors, time: this.time.stateWithoutEarlierRuns };
    this.time.dropEarlierRuns();
  }

  kill(): void {
    const { judged, sensors, time } = this.disk;
    this.judged = judged;
    this.time = new RunningTime(JSON.parse(JSON.stringify(time)) as RunningTimeState);
    this.evaluator = new Evaluator(RULES, detectorFactory, this.time);
    for (const [sensorId, json] of sensors) this.evaluator.restore(WatchedSensor.fromJson(sensorId, json));
  }

  private append(events: readonly SystemEvent[]): void {
    for (const event of events) if (!this.log.has(event.id)) this.log.set(event.id, event);
  }

  private noteRuns(): void {
    for (const run of this.time.state.runs) {
      expect(this.runs.get(run.run) ?? run).toEqual(run);
      this.runs.set(run.run, run);
    }
  }
}

/** The events of a gateway that judged everything at once, without a crash. */
async function eventsAtOnce(
  journal: readonly Accepted[],
  runs: RunningTimeState['runs'],
  end: AcceptingGateway,
): Promise<SystemEvent[]> {
  const time = new RunningTime({ nowMs: 0, runs });
  const evaluator = new Evaluator(RULES, detectorFactory, time);
  return [...(await evaluator.evaluate(journal)), ...(await evaluator.tick(end.wallMs, end.steady))];
}

const LEAPS = [7_200, -7_200, 315_360_000, -315_360_000, -5, 0.3];

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        what: fc.constantFrom('given', 'given', 'pushed', 'sent', 'sent late', 'sent ahead'),
        sensorId: fc.constantFrom('s', 't'),
        value: fc.integer({ min: 0, max: 9 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ what: fc.constant('pass'), seconds: fc.constantFrom(0.5, 1, 2.5, 6, 2_000) }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('judge', 'tick', 'checkpoint') }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('leap'), seconds: fc.constantFrom(...LEAPS) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constantFrom('kill', 'kill', 'stop'),
        seconds: fc.constantFrom(0, 3_600),
      }),
    },
  ),
  { minLength: 10, maxLength: 60, size: 'large' },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function acceptOne(gateway: AcceptingGateway, step: Step): Accepted | undefined {
  if (!('sensorId' in step)) return undefined;
  const { what, value, sensorId } = step;
  if (what === 'given') return gateway.given(value, sensorId);
  if (what === 'pushed') return gateway.given(value, sensorId, 100);
  const aheadSeconds = what === 'sent' ? 0 : what === 'sent late' ? -3 : 1_800;
  return gateway.sent(value, aheadSeconds, sensorId);
}

describe('the rules of a gateway that is killed while its clock leaps', () => {
  it('find what they would have found without a crash, and nothing twice', async () => {
    let events = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const gateway = new AcceptingGateway();
        const journal: Accepted[] = [];
        const rules = new Rules(journal);
        for (const step of taken) {
          const accepted = acceptOne(gateway, step);
          if (accepted) journal.push(accepted);
          const { what } = step;
          if (what === 'pass' && 'seconds' in step) gateway.pass(step.seconds);
          if (what === 'leap' && 'seconds' in step) gateway.leap(step.seconds);
          if (what === 'judge' || what === 'stop') await rules.judge();
          if (what === 'checkpoint' || what === 'stop') rules.checkpoint();
          if (what === 'kill' || what === 'stop') {
            rules.kill();
            gateway.restart('seconds' in step ? step.seconds : 0).pass(1);
          }
          if (what === 'tick') {
            await rules.judge();
            await rules.tick(gateway);
          }
        }
        await rules.judge();
        // With the first moment of a run, the time goes on where it was; a silence is found up to 50 ms late.
        await rules.tick(gateway.pass(1));
        await rules.tick(gateway.pass(100));
        const inShort = ({ id, type, message }: SystemEvent): string => `${id} ${type} ${message}`;
        const expected = new Map<string, SystemEvent>();
        for (const event of await eventsAtOnce(journal, [...rules.runs.values()], gateway))
          if (!expected.has(event.id)) expected.set(event.id, event);
        expect([...rules.log.values()].map(inShort).sort()).toEqual(
          [...expected.values()].map(inShort).sort(),
        );
        events += rules.log.size;
      }),
      { numRuns: 3_000 },
    );
    expect(events).toBeGreaterThan(10_000);
  });
});
