// Owns a folder until it is killed.
import { DataDir } from '../../dist/data-dir/data-dir.js';

const [folder] = process.argv.slice(2);
const dataDir = DataDir.claim(folder, 0);
process.stdout.write('1\n');
setInterval(() => dataDir.path, 1_000);
