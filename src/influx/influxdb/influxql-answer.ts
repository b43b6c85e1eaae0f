/** No line of an answer to our queries comes near it. */
const MAX_LINE_BYTES = 1 << 20;

/** A series of an answer, or a part of one. */
export interface InfluxqlSeries {
  readonly tags?: Readonly<Record<string, string>>;
  /** In the order in which columns were asked for; where there is a time, it is the first. */
  readonly values?: readonly (readonly (string | number | boolean | null)[])[];
}

export type TakeSeries = (series: InfluxqlSeries) => void;

interface Line {
  readonly results?: readonly { readonly series?: readonly InfluxqlSeries[]; readonly error?: string }[];
  readonly error?: string;
}

/** Reads an answer in InfluxQL with `chunked=true` while it arrives: JSON, one object a line. */
export class InfluxqlAnswer {
  private rest = Buffer.alloc(0);

  constructor(private readonly take: TakeSeries) {}

  /** @throws Error with InfluxDB's message when the query failed, or when a line is too long; earlier lines may have been taken */
  push(bytes: Uint8Array): void {
    const all = Buffer.concat([this.rest, bytes]);
    let begin = 0;
    for (let end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', begin)) {
      this.read(all.toString('utf8', begin, end));
      begin = end + 1;
    }
    this.rest = all.subarray(begin);
    if (this.rest.length > MAX_LINE_BYTES)
      throw new Error(`A line of the answer is longer than ${MAX_LINE_BYTES} bytes`);
  }

  /** To be called when the answer is complete: its last line need not end with a line feed. @throws Error as push() does */
  end(): void {
    this.read(this.rest.toString());
    this.rest = Buffer.alloc(0);
  }

  private read(text: string): void {
    if (text.trim() === '') return;
    const { results = [], error } = JSON.parse(text) as Line;
    if (error !== undefined) throw new Error(error);
    for (const result of results) {
      if (result.error !== undefined) throw new Error(result.error);
      for (const series of result.series ?? []) this.take(series);
    }
  }
}
