// Saves checkpoints, each with one more rule, and prints how many have returned.
import { LocalRuleStorage } from '../../dist/rules/local-rule-storage.js';
import { WatchedSensor } from '../../dist/rules/watched-sensor.js';

const [path] = process.argv.slice(2);
const storage = LocalRuleStorage.open({ path, aside: undefined });
for (let position = 1; ; position += 1) {
  const sensor = Object.assign(new WatchedSensor('s', 1), { value: position });
  const checkpoint = {
    progress: { identity: 'journal 1', position },
    runningTime: { nowMs: position, runs: [] },
    forgets: [],
    sensors: [sensor],
    startedOver: [],
    watches: [],
  };
  const id = `r${position}`;
  storage.save(checkpoint, { id, rule: { id }, startsOverWith: undefined });
  // Nobody would read what is printed while this loop runs.
  await new Promise((resolve) => process.stdout.write(`${position}\n`, resolve));
}
