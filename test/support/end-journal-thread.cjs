// Preloaded into a gateway: ends the thread that owns the journal's files while the gateway is at work, as a defect in
// it or in the system would.
const { isMainThread, workerData } = require('node:worker_threads');

if (!isMainThread && workerData?.path?.endsWith('/journal')) setTimeout(() => process.exit(7), 3_000);
