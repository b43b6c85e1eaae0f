/** How often the progress of a suite is printed. Jest itself prints something only at the end of a file. */
const INTERVAL_MS = 15_000;

/** A Jest reporter that prints how many files of a suite are done, and which ones are running. */
export default class TestProgress {
  #running = new Set();
  #done = 0;

  onRunStart({ numTotalTestSuites: total }) {
    const startMs = performance.now();
    this.timer = setInterval(() => {
      const seconds = Math.round((performance.now() - startMs) / 1000);
      console.error(
        `     … ${this.#done} of ${total} files after ${seconds} s, now ${[...this.#running].join(', ')}`,
      );
    }, INTERVAL_MS).unref();
  }

  onTestFileStart({ path }) {
    this.#running.add(nameOf(path));
  }

  onTestFileResult({ path }) {
    this.#running.delete(nameOf(path));
    this.#done += 1;
  }

  onRunComplete() {
    clearInterval(this.timer);
  }
}

/** "e2e/life" for /…/test/e2e/life.test.ts. */
function nameOf(path) {
  return /[\\/]test[\\/](.*)\.test\.ts$/.exec(path)?.[1] ?? path;
}
