import { GatewayClient } from '../gateway-client.js';
import { DryRun } from './dry-run.js';
import { type FileIdentity, identifyFile } from './file-identity.js';
import { findGateway } from './find-gateway.js';
import { GatewayWriter } from './gateway-writer.js';
import type { ImportOptions } from './import-options.js';
import { ImportState, type Progress } from './import-state.js';
import { Importer } from './importer.js';
import { count } from './number-text.js';
import { ProgressLine } from './progress-line.js';
import { openReadingSource, type ReadingSource } from './reading-source.js';
import { RepeatCounter } from './repeat-counter.js';
import type { Row } from './row.js';
import { formatOutcome } from './summary.js';
import { WaitNotice } from './wait-notice.js';

/** An outage in the middle of an import may take this long. */
const GIVE_UP_MS = 3_600_000;
const MAX_WAIT_MS = 5_000;

export const INTERRUPTED = 130;

/**
 * Imports a file, and writes the summary to standard output.
 * @returns the exit code: 0 when every row was accepted, 1 when some were refused, 130 when it was interrupted
 * @throws ImportFileError, GatewayClientError when it could not be done
 */
export async function importFile(file: string, options: ImportOptions, signal: AbortSignal): Promise<number> {
  const identity = await identifyFile(file);
  const source = await openReadingSource(file, options);
  return options.dryRun
    ? tryFile(source, identity, signal)
    : new ImportRun(source, identity, options, signal).run();
}

async function tryFile(source: ReadingSource, { size }: FileIdentity, signal: AbortSignal): Promise<number> {
  const dryRun = new DryRun();
  const progress = new ProgressLine(size);
  progress.start(() => ({
    bytesRead: source.bytesRead,
    rows: dryRun.rows,
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
    private readonly source: ReadingSource,
    identity: FileIdentity,
    private readonly options: ImportOptions,
    private readonly signal: AbortSignal,
  ) {
    const { key } = options;
    this.client = new GatewayClient(options.url, { key, giveUpMs: GIVE_UP_MS, maxWaitMs: MAX_WAIT_MS });
    this.progress = new ProgressLine(identity.size);
    const say = (line: string): void => this.progress.print(line);
    this.notice = new WaitNotice(this.client.page, say);
    this.state = new ImportState(identity, targetOf(options), say);
  }

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
    let isComplete = false;
    try {
      await importer.run(this.rows(), signal);
      isComplete = !signal.aborted;
    } catch (error) {
      // An abort also ends a wait with an error. Other errors need no report then: the same command shows them again.
      if (!signal.aborted) throw error;
    } finally {
      this.progress.stop();
      if (isComplete) state.remove();
      else if (importer.progress.rows > 0) state.save(importer.progress, true);
      this.summarize(importer, isComplete, earlier);
    }
    if (!isComplete) return INTERRUPTED;
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

  private advanceOf({ rows, unfit, refused, isSkipping }: Importer): {
    bytesRead: number;
    rows: number;
    refused: number;
    state: string;
  } {
    const { source, notice } = this;
    const state =
      notice.reason === '' ? (isSkipping ? 'reads what was sent before' : '') : `waits: ${notice.reason}`;
    return { bytesRead: source.bytesRead, rows, refused: unfit.count + refused.count, state };
  }

  private summarize(importer: Importer, isComplete: boolean, earlier: Progress | undefined): void {
    const { rows, accepted, unfit, refused } = importer;
    const { repeats } = this;
    const isAtMost = (earlier?.refused.length ?? 0) > 0;
    const counted = { count: repeats.count(), isAtMost, problem: repeats.problem };
    repeats.close();
    const lines = formatOutcome({
      rows,
      accepted,
      refused: [unfit, refused],
      repeats: counted,
      comments: this.source.comments,
    });
    if (!isComplete)
      lines.push(
        `Stopped after line ${count(importer.progress.line)}. Run the same command again: it goes on there, and no reading is stored twice`,
      );
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
