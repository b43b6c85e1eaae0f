// Appends entries, eight at a time, releases them from time to time, and prints the value of each reading once it is kept.
import { Journal } from '../../dist/journal/journal.js';

const [folder, maxBytes] = process.argv.slice(2);
const files = { aside: undefined, makeRoom: () => undefined };
const options = { releasedSeq: 0, reserveBytes: 0 };
const log = await Journal.open(folder, Number(maxBytes), files, options);
for (let value = 1; ; value += 8) {
  const values = Array.from({ length: 8 }, (_, index) => value + index);
  const appending = values.map(async (one) => {
    const reading = { sensorId: 's', zone: 'z', value: one, timestampUs: one };
    await log.append({ acceptedMs: 1, readings: [reading] });
    process.stdout.write(`${one}\n`);
  });
  await Promise.all(appending);
  if (value % 100 < 8) {
    const released = Math.max(0, value - 200);
    await log.release(released, released, { stored: released, deadLettered: 0, damaged: 0 }, released);
  }
}
