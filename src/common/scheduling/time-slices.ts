/** How long one job runs before the others get their turn. */
const SLICE_MS = 5;

/** Work that can be done in small steps. */
export interface Steps {
  /** Does one step, well below a millisecond. @returns whether there is more to do */
  step(): boolean;
}

interface Job {
  readonly work: Steps;
  readonly isWanted: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs of all clients that wait for their turn. Between two slices the event loop does everything else. */
const waiting: Job[] = [];
let isScheduled = false;

/**
 * Does work that may take long, without blocking the event loop.
 * @param isWanted false when nobody waits for the result any more
 * @returns undefined when the work was done in the first slice
 * @throws what a step throws; the promise rejects with the same
 */
export function runSteps(work: Steps, isWanted: () => boolean = () => true): Promise<void> | undefined {
  return runFor(work) ? runInSlices(work, isWanted) : undefined;
}

/** The same for work that certainly takes long. Many jobs may arrive together, so even the first slice waits for its turn. */
export function runInSlices(work: Steps, isWanted: () => boolean = () => true): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.push({ work, isWanted, resolve, reject });
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(runNext);
  });
}

function runNext(): void {
  const job = waiting.shift();
  if (job) runSlice(job);
  isScheduled = waiting.length > 0;
  // setImmediate() runs after the events that have arrived meanwhile.
  if (isScheduled) setImmediate(runNext);
}

function runSlice(job: Job): void {
  try {
    if (!job.isWanted()) throw Object.assign(new Error('The client has gone'), { statusCode: 400 });
    if (runFor(job.work)) waiting.push(job);
    else job.resolve();
  } catch (error) {
    job.reject(error);
  }
}

/** @returns whether there is more to do when the slice is over */
function runFor(work: Steps): boolean {
  const endMs = performance.now() + SLICE_MS;
  while (work.step()) if (performance.now() >= endMs) return true;
  return false;
}
