import { GatewayClient } from '../gateway-client.js';
import { count } from '../number-text.js';
import { type Advance, ProgressLine } from '../progress-line.js';
import { DryRun } from './dry-run.js';
import { FileChangedError, type FileIdentity, identifyFile, refuseChange } from './file-identity.js';
import { findGateway } from './find-gateway.js';
import { GatewayWriter } from './gateway-writer.js';
import type { ImportOptions } from './import-options.js';
import { ImportState, type Progress } from './import-state.js';
import { Importer } from './importer.js';
import { openReadingSource, type ReadingSource } from './reading-source.js';
import { RepeatCounter } from './repeat-counter.js';
import type { Row } from './row.js';
import { adviseAfterStop } from './stop-advice.js';
import { formatOutcome, nounFor } from './summary.js';
import { WaitNotice } from './wait-notice.js';

/** An outage in the middle of an import may take this long. */
const GIVE_UP_MS = 3_600_000;
const MAX_WAIT_MS = 5_000;

export const INTERRUPTED = 130;

/**
 * Imports a file, and writes the summary to standard output.
 * @returns the exit code: 0 when every row was accepted, 1 when some were refused, 130 when it was interrupted
 * @throws ImportFileError, GatewayClientError when it could not be done, or not to the end; the summary then tells how far it came
 */
export async function importFile(file: string, options: ImportOptions, signal: AbortSignal): Promise<number> {
  const identity = await identifyFile(file);
  const source = await openReadingSource(file, options);
  return options.dryRun
    ? tryFile(file, source, identity, options, signal)
    : new ImportRun(file, source, identity, options, signal).run();
}

async function tryFile(
  file: string,
  source: ReadingSource,
  identity: FileIdentity,
  { wide }: ImportOptions,
  signal: AbortSignal,
): Promise<number> {
  const noun = nounFor(wide);
  const dryRun = new DryRun(noun);
  const progress = new ProgressLine(identity.size, `${noun}s`);
  progress.start(() => ({
    done: source.bytesRead,
    count: dryRun.rows,
    refused: dryRun.unfit.count,
    state: '',
  }));
  try {
    await dryRun.run(source.rows(), signal);
  } finally {
    progress.stop();
  }
  if (signal.aborted) return INTERRUPTED;
  print(dryRun.report(source));
  await refuseChange(file, identity);
  return dryRun.unfit.count > 0 ? 1 : 0;
}

/** One run of an import: it goes on where an earlier run of the same import stopped. */
class ImportRun {
  private readonly repeats = new RepeatCounter();
  private readonly progress: ProgressLine;
  private readonly notice: WaitNotice;
  private readonly client: GatewayClient;
  private readonly state: ImportState;

  constructor(
    private readonly file: string,
    private readonly source: ReadingSource,
    private readonly identity: FileIdentity,
    private readonly options: ImportOptions,
    private readonly signal: AbortSignal,
  ) {
    const { key } = options;
    this.client = new GatewayClient(options.url, { key, giveUpMs: GIVE_UP_MS, maxWaitMs: MAX_WAIT_MS });
    this.progress = new ProgressLine(identity.size, `${nounFor(options.wide)}s`);
    const say = (line: string): void => this.progress.print(line);
    this.notice = new WaitNotice(this.client.page, say);
    this.state = new ImportState(identity, { ...targetOf(options), url: this.client.page }, say);
  }

  /** @throws what ended it early, after the summary */
  async run(): Promise<number> {
    const { signal, notice, repeats, state } = this;
    await findGateway(this.client, signal, notice.onWait);
    notice.end();
    const earlier = await this.findEarlier();
    const writer = new GatewayWriter(this.client, signal, notice.onWait);
    const importer = new Importer(
      {
        repeats,
        write: async (readings) => {
          const refusals = await writer.write(readings);
          notice.end();
          return refusals;
        },
        save: (progress) => state.save(progress),
      },
      this.options.batchSize,
      earlier,
    );
    this.progress.start(() => this.advanceOf(importer));
    let failure: Error | undefined;
    try {
      await importer.run(this.rows(), signal);
      if (!signal.aborted) await refuseChange(this.file, this.identity);
    } catch (error) {
      failure = error as Error;
    }
    this.progress.stop();
    if (signal.aborted) {
      // An abort also ends a wait with an error. Other errors need no report then: the same command shows them again.
      this.end(importer, earlier, { error: undefined });
      return INTERRUPTED;
    }
    if (failure !== undefined) {
      this.end(importer, earlier, { error: failure });
      throw failure;
    }
    this.end(importer, earlier);
    return importer.unfit.count + importer.refused.count > 0 ? 1 : 0;
  }

  /** The columns that are not used are known with the first row. */
  private async *rows(): AsyncGenerator<Row> {
    let isFirst = true;
    for await (const row of this.source.rows()) {
      if (isFirst)
        for (const line of this.source.description.filter((text) => text.startsWith('not used: ')))
          this.progress.print(line);
      isFirst = false;
      yield row;
    }
  }

  private async findEarlier(): Promise<Progress | undefined> {
    const { state, options, progress } = this;
    if (options.restart) state.remove();
    const earlier = state.find();
    if (state.fileHasChanged)
      progress.print(
        'The file has changed since an import of it was interrupted, so this one starts from the beginning',
      );
    if (!earlier) return undefined;
    if (await this.gatewayHasLess(earlier)) {
      progress.print(
        'The gateway has fewer readings than an interrupted import of the file had sent, so this one starts from the beginning',
      );
      return undefined;
    }
    progress.print(
      `Goes on after line ${count(earlier.line)}, where an import of the file was interrupted (${state.savedAt ?? ''}); --restart starts from the beginning`,
    );
    return earlier;
  }

  /** Another gateway, or one whose data was deleted. A key that may only send cannot ask. */
  private async gatewayHasLess({ accepted }: Progress): Promise<boolean> {
    const { client, signal, notice } = this;
    const { body } = await client.request('GET', 'api/pipeline', undefined, signal, notice.onWait);
    const { accepted: all } = (body ?? {}) as { accepted?: unknown };
    return typeof all === 'number' && all < accepted;
  }

  private advanceOf({ rows, unfit, refused, isSkipping }: Importer): Advance {
    const { source, notice } = this;
    const state =
      notice.reason === '' ? (isSkipping ? 'reads what was sent before' : '') : `waits: ${notice.reason}`;
    return { done: source.bytesRead, count: rows, refused: unfit.count + refused.count, state };
  }

  /**
   * Keeps the progress or removes it, and prints the summary.
   * @param stop what ended it early; its error is undefined when it was interrupted
   */
  private end(importer: Importer, earlier: Progress | undefined, stop?: { error: unknown }): void {
    const { state, repeats } = this;
    const { rows, accepted, unfit, refused, progress } = importer;
    if (!stop || stop.error instanceof FileChangedError) state.remove();
    else if (progress.rows > 0) state.save(progress, true);
    const isAtMost = (earlier?.refused.length ?? 0) > 0;
    const counted = { count: repeats.count(), isAtMost, problem: repeats.problem };
    repeats.close();
    const lines = formatOutcome({
      noun: nounFor(this.options.wide),
      rows,
      accepted,
      refused: [unfit, refused],
      repeats: counted,
      comments: this.source.comments,
    });
    if (stop) lines.push(adviseAfterStop({ line: progress.line, isKept: state.isKept, error: stop.error }));
    print(lines);
  }
}

/** What makes it another import. */
function targetOf({ key, batchSize, dryRun, restart, ...target }: ImportOptions): Record<string, unknown> {
  return target;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
