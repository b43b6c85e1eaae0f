// Saves one state of the clocks after the other, and prints the number of each once it is saved.
import { ClockFile } from '../../dist/clock/clock-file.js';

const NOON_MS = 1_796_040_000_000;

const storage = await ClockFile.open(process.argv.slice(2));
for (let second = 1; ; second += 1) {
  const us = (NOON_MS + second * 1_000) * 1_000;
  const current = { residue: 3, fromUs: NOON_MS * 1_000, toUs: us };
  await storage.save({
    wallMs: us / 1_000,
    expiryMs: us / 1_000,
    stamps: { current, highestUs: us, before: [] },
  });
  process.stdout.write(`${second}\n`);
}
