import type { Influxql } from './influxql.js';
import { MEASUREMENT } from './influx-lines.js';
import type { StoreFindings } from './store-findings.js';

const FIELDS = ['value', 'latency_ms'];

/** How long an answer serves. */
const FRESH_MS = 100;

/** Finds out whether a field of readings has another type in some shards: then Flux would leave out readings. */
export class FieldTypes {
  private answer: Promise<boolean> | undefined;
  private lastAnswer = false;
  /** When the last question was asked, by performance.now(). */
  private askedMs = -Infinity;

  constructor(
    private readonly influxql: Influxql,
    private readonly timeoutMs: number,
    private readonly findings: StoreFindings,
  ) {}

  /** Whether a field had several types when InfluxDB was last asked. */
  get wereMixed(): boolean {
    return this.lastAnswer;
  }

  /**
   * Whether a field has several types. InfluxDB answers from the list of fields of each shard, without looking at series: 4 ms
   * for 100 shards, whatever is in them. An answer serves the calls of the next tenth of a second, such as the charts of a page.
   * @throws NoMapping
   * @throws StoreUnavailable
   */
  areMixed(): Promise<boolean> {
    const nowMs = performance.now();
    if (!this.answer || nowMs - this.askedMs > FRESH_MS) {
      this.askedMs = nowMs;
      const answer = this.ask();
      this.answer = answer;
      answer.catch(() => {
        if (this.answer === answer) this.answer = undefined;
      });
    }
    return this.answer;
  }

  private async ask(): Promise<boolean> {
    const types = new Map(FIELDS.map((field) => [field, new Set<string>()]));
    const signal = AbortSignal.timeout(this.timeoutMs);
    await this.influxql.ask(`SHOW FIELD KEYS FROM ${MEASUREMENT}`, signal, ({ values = [] }) => {
      for (const [field, type] of values) types.get(String(field))?.add(String(type));
    });
    this.lastAnswer = [...types.values()].some(({ size }) => size > 1);
    for (const [field, found] of types)
      if (found.size > 1)
        this.findings.tell(
          'normal',
          `types of ${field}`,
          `Other programs have written the field ${field} of ${MEASUREMENT} with different types (${[...found].join(', ')}): the gateway reads its numbers, and history takes longer`,
        );
    return this.lastAnswer;
  }
}
