/** So long one piece of work goes on before others have their turn. */
const SLICE_MS = 5;

/** Work that can be done bit by bit. */
export interface Steps {
  /** Does some of it, well below a millisecond's worth. @returns whether there is more */
  step(): boolean;
}

interface Job {
  readonly work: Steps;
  readonly isWanted: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Work that waits for its turn, whoever it is for: the event loop does some of one, and then serves all others. */
const waiting: Job[] = [];
let isScheduled = false;

/**
 * Does work that may take long, without holding up the event loop.
 * @param isWanted false once nobody waits for it any more
 * @returns undefined when all is done at once, as it is where it does not take long
 * @throws what a step throws; the promise rejects with it, too
 */
export function runSteps(work: Steps, isWanted: () => boolean = () => true): Promise<void> | undefined {
  return runFor(work) ? runInSlices(work, isWanted) : undefined;
}

/** The same for what takes long for certain: many may come at once, and a first turn of each is long, too. */
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
  // Called from here it has its turn after what has come meanwhile.
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

/** @returns whether there is more to do when the turn is over */
function runFor(work: Steps): boolean {
  const endMs = performance.now() + SLICE_MS;
  while (work.step()) if (performance.now() >= endMs) return true;
  return false;
}
