// Appends three events at a time, and prints how many appends have returned.
import { LocalEventStorage } from '../../dist/logs/local-event-storage.js';

const [file] = process.argv.slice(2);
const storage = await LocalEventStorage.open(file, { aside: undefined, makeRoom: () => undefined });
for (let n = 0; ; n += 3) {
  const events = [n, n + 1, n + 2].map((one) => ({
    id: `event ${one}`,
    timeUs: one,
    type: 'normal',
    message: 'm',
  }));
  await storage.append(events, 1_796_040_000_000_000, 1_000_000);
  process.stdout.write(`${n / 3 + 1}\n`);
}
