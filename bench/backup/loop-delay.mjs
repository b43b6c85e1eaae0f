// Loaded into the gateway with --import: writes by how much its event loop was late since the last SIGUSR2 into a file.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 1;

if (isMainThread && process.env.LOOP_DELAY_FILE !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('SIGUSR2', () => {
    const ms = (ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    writeFileSync(
      process.env.LOOP_DELAY_FILE,
      JSON.stringify({ p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max) }),
    );
    delay.reset();
  });
}
