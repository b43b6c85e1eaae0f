import type { SavedWatch } from '../../src/rules/anomaly-watch.js';
import type { Rule } from '../../src/rules/rule.js';
import type { RuleChange, RulesCheckpoint, RuleStorage } from '../../src/rules/rule-storage.js';
import { GIVEN } from '../../src/model/stamp.js';
import { WatchedSensor } from '../../src/rules/watched-sensor.js';
import { killAfter, type Place } from '../support/place.js';

const TIME = { nowMs: 5, runs: [{ run: 2, zeroMs: 1, fromMs: 3 }] };

const above = (id: string, threshold = 1): Rule => ({
  ...{ id, name: id, kind: 'above', zone: 'z', threshold, hysteresis: 0, forSeconds: 0 },
  ...{ sinceMs: 1, sinceRunningMs: 2 },
});
const active = { isActive: true, sinceUs: 7 };
/** A sensor by which some rules are active. */
const sensor = (sensorId: string, ...ruleIds: string[]): WatchedSensor => {
  const known = { sensorId, newestUs: 9, value: 1.5, zone: 'z', heardMs: 4 };
  const one = WatchedSensor.of({ ...known, stamp: GIVEN }, 6);
  for (const ruleId of ruleIds) one.setState(ruleId, active);
  return one;
};
const watch = (ruleId: string, sensorId: string, ...bytes: number[]): SavedWatch => ({
  ...{ ruleId, sensorId, detector: Uint8Array.from(bytes) },
  episodes: { startedUs: 5, lowScores: 1 },
});
const upTo = (position: number, more: Partial<RulesCheckpoint> = {}): RulesCheckpoint => ({
  ...{ progress: { identity: 'journal 1', position }, runningTime: TIME, forgets: [] },
  ...{ sensors: [], startedOver: [], watches: [] },
  ...more,
});
const put = (rule: Rule): RuleChange => ({ id: rule.id, rule, startsOverWith: undefined });

/** What every RuleStorage does; each implementation runs the same tests. */
export function describeRuleStorage(newPlace: () => Place<RuleStorage>): void {
  let place: Place<RuleStorage>;
  let storage: RuleStorage;

  const reopen = async (): Promise<void> => {
    await storage.close();
    storage = await place.open();
  };
  const sensors = async (): Promise<WatchedSensor[]> => {
    const all: WatchedSensor[] = [];
    expect(await storage.takeSensors((one) => all.push(one))).toEqual([]);
    return all.sort((a, b) => (a.sensorId < b.sensorId ? -1 : 1));
  };
  const watches = async (): Promise<[ruleId: string, sensorId: string, bytes: number[]][]> => {
    const all: [string, string, number[]][] = [];
    await storage.takeDetectors(({ ruleId, sensorId, detector }) =>
      all.push([ruleId, sensorId, [...detector]]),
    );
    return all.sort();
  };
  const idsOf = (all: readonly WatchedSensor[]): string[] => all.map(({ sensorId }) => sensorId);

  beforeEach(async () => {
    place = newPlace();
    storage = await place.open();
  });
  afterEach(async () => {
    await storage.close();
  });

  it('is empty at first', async () => {
    expect([...storage.rules.keys(), ...storage.lostRules]).toEqual([]);
    expect([storage.progress, storage.runningTime]).toEqual([undefined, undefined]);
    expect([await sensors(), await watches(), await storage.forgets()]).toEqual([[], [], []]);
  });

  it('gives back what a checkpoint saved', async () => {
    const [a, b] = [sensor('a', 'r'), sensor('b')];
    await storage.save(upTo(9, { sensors: [b, a], watches: [watch('r', 'a', 1, 2, 0, 255)] }));
    await reopen();
    expect(storage.progress).toEqual({ identity: 'journal 1', position: 9 });
    expect(storage.runningTime).toEqual(TIME);
    expect(await sensors()).toEqual([a, b]);
    expect(await watches()).toEqual([['r', 'a', [1, 2, 0, 255]]]);
  });

  it('replaces what has changed, and keeps the rest, also of many sensors', async () => {
    const ids = Array.from({ length: 47 }, (_, index) => `s${index}`).sort();
    await storage.save(upTo(9, { sensors: ids.map((id) => sensor(id)), watches: [watch('r', 's1', 1)] }));
    const changed = sensor('s7', 'r');
    const more = { sensors: [changed], watches: [watch('r', 's1', 2), watch('q', 's1', 3)] };
    await storage.save(upTo(12, { ...more, progress: { identity: 'journal 2', position: 12 } }));
    await reopen();
    expect(storage.progress).toEqual({ identity: 'journal 2', position: 12 });
    const all = await sensors();
    expect(idsOf(all)).toEqual(ids);
    expect(all.filter((one) => one.stateOf('r')).map(({ sensorId }) => sensorId)).toEqual(['s7']);
    expect(await watches()).toEqual([
      ['q', 's1', [3]],
      ['r', 's1', [2]],
    ]);
  });

  it('saves all of a checkpoint or nothing, with the change of a rule', async () => {
    await storage.save(upTo(3, { sensors: [sensor('a')] }), put(above('r')));
    const broken = { ...watch('r', 'a'), detector: null } as unknown as SavedWatch;
    const checkpoint = upTo(5, {
      ...{
        sensors: [sensor('b')],
        forgets: [{ sensorId: 'a', position: 5 }],
        watches: [watch('r', 'b', 1), broken],
      },
      runningTime: { nowMs: 99, runs: [] },
    });
    // Not toThrow(): SQLite's errors have the Error class of the first test file in this process.
    await expect((async () => storage.save(checkpoint, put(above('q'))))()).rejects.toHaveProperty('code');
    await reopen();
    expect(storage.progress?.position).toBe(3);
    expect(storage.runningTime).toEqual(TIME);
    expect([...storage.rules.keys()]).toEqual(['r']);
    expect([idsOf(await sensors()), await watches(), await storage.forgets()]).toEqual([['a'], [], []]);
  });

  it('makes, replaces and deletes rules', async () => {
    await storage.save(upTo(1), put(above('q')));
    await storage.save(upTo(2), put(above('r')));
    await storage.save(upTo(3), put(above('r', 2)));
    await storage.save(upTo(4), { id: 'q', rule: undefined, startsOverWith: undefined });
    await reopen();
    expect([...storage.rules]).toEqual([['r', above('r', 2)]]);
    expect(storage.progress?.position).toBe(4);
  });

  it('leaves the state of a rule that starts over out, and nothing else', async () => {
    const all = [sensor('a', 'q', 'r'), sensor('b', 'r'), sensor('c', 'q')];
    const learned = [watch('r', 'a', 1), watch('q', 'a', 2)];
    await storage.save(upTo(1, { sensors: all, watches: learned }), put(above('r')));
    const change = { ...put(above('r', 2)), startsOverWith: all.slice(0, 2) };
    await storage.save(upTo(2), change);
    await reopen();
    expect((await sensors()).map((one) => one.unsettledRules)).toEqual([['q'], [], ['q']]);
    expect(await watches()).toEqual([['q', 'a', [2]]]);
  });

  it('lets the detectors of a sensor learn again', async () => {
    await storage.save(upTo(1, { watches: [watch('q', 'a', 1), watch('r', 'a', 2), watch('r', 'b', 3)] }));
    await storage.save(upTo(2, { startedOver: ['a'], watches: [watch('q', 'a', 4)] }));
    await reopen();
    expect(await watches()).toEqual([
      ['q', 'a', [4]],
      ['r', 'b', [3]],
    ]);
  });

  it('deletes the state of forgotten sensors once everything before is judged, and remembers them until then', async () => {
    const [a, b, c] = [sensor('a'), sensor('b'), sensor('c')];
    const twice = [8, 9].map((position) => ({ sensorId: 'a', position }));
    await storage.save(upTo(1, { sensors: [a, b, c], watches: [watch('r', 'a', 1), watch('r', 'b', 2)] }));
    for (const position of [8, 9]) await storage.forget({ sensorId: 'a', position });
    await reopen();
    expect(await storage.forgets()).toEqual(twice);
    expect([idsOf(await sensors()), await watches()]).toEqual([
      ['a', 'b', 'c'],
      [
        ['r', 'a', [1]],
        ['r', 'b', [2]],
      ],
    ]);
    const forgets = [
      { sensorId: 'a', position: 8 },
      { sensorId: 'b', position: 7 },
      { sensorId: 'c', position: 6 },
    ];
    await storage.save(upTo(7, { forgets, sensors: [c] }));
    await reopen();
    expect(await storage.forgets()).toEqual(twice);
    expect([idsOf(await sensors()), await watches()]).toEqual([['a', 'c'], [['r', 'a', [1]]]]);
    await storage.save(upTo(9, { forgets: [{ sensorId: 'a', position: 8 }] }));
    await reopen();
    expect([idsOf(await sensors()), await watches(), await storage.forgets()]).toEqual([['c'], [], []]);
  });

  it('saves the running time alone, and with rules', async () => {
    await storage.save(upTo(3, { sensors: [sensor('a')] }));
    await storage.saveTime({ nowMs: 8, runs: [] });
    await reopen();
    expect([storage.runningTime, storage.progress?.position]).toEqual([{ nowMs: 8, runs: [] }, 3]);
    await storage.saveRules([above('q'), above('r')], { nowMs: 9, runs: [] });
    await reopen();
    expect([storage.runningTime?.nowMs, [...storage.rules.keys()].sort()]).toEqual([9, ['q', 'r']]);
  });

  it('forgets everything but the rules and the running time', async () => {
    await storage.save(upTo(3, { sensors: [sensor('a')], watches: [watch('r', 'a', 1)] }), put(above('r')));
    await storage.forget({ sensorId: 'b', position: 8 });
    await storage.reset();
    await reopen();
    expect([storage.progress, storage.runningTime]).toEqual([undefined, TIME]);
    expect([...storage.rules.keys()]).toEqual(['r']);
    expect([await sensors(), await watches(), await storage.forgets()]).toEqual([[], [], []]);
  });

  it('has every checkpoint that had returned when the process is killed, and whole ones only', async () => {
    await storage.close();
    const saved = await killAfter(20, 'rules/rule-writer.mjs', place.writerArgs);
    storage = await place.open();
    const { position = 0 } = storage.progress ?? {};
    expect(position).toBeGreaterThanOrEqual(saved);
    expect(storage.runningTime?.nowMs).toBe(position);
    expect(storage.rules.size).toBe(position);
    expect((await sensors()).map((one) => one.value)).toEqual([position]);
  });
}
