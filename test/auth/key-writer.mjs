// Makes keys, and prints how many they are each time.
import { LocalKeyStorage } from '../../dist/auth/local-key-storage.js';

const [file] = process.argv.slice(2);
const storage = await LocalKeyStorage.open(file, { aside: undefined, makeRoom: () => undefined });
for (let made = 1; ; made += 1) {
  await storage.create({ name: `key ${made}`, role: 'reader' });
  process.stdout.write(`${made}\n`);
}
