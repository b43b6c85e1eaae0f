import { runInstalled } from './run-installed.js';

// Loaded only then: each package that it imports may be missing.
await runInstalled(() => import('./gateway.js'), 1);
