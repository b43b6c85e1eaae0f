// Makes steps of one stored reading, one dead letter and one answer, and prints how many have returned.
import { LocalLedger } from '../../dist/pipeline/state/local-ledger.js';
import { packSensors } from '../../dist/pipeline/state/packed-sensors.js';

const [file] = process.argv.slice(2);
const ledger = await LocalLedger.open(file, { aside: undefined, makeRoom: () => undefined });
for (let steps = 1; ; steps += 1) {
  const reading = { sensorId: 's', zone: 'z', value: steps, timestampUs: steps };
  await ledger.step({
    sensors: packSensors([]),
    countedSeq: 2 * steps,
    releasedSeq: 2 * steps,
    stored: 1,
    damaged: 0,
    deadLetters: [{ id: undefined, timeUs: steps, reason: 'odd', reading }],
    replayed: [],
    deletions: [],
    remembered: [{ key: `k\n${steps}`, fingerprint: 'f', answer: '{}', expiresUs: 4e15 }],
  });
  process.stdout.write(`${steps}\n`);
}
