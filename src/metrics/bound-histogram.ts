import { Histogram, type HistogramConfiguration } from 'prom-client';

/** Adds one observation. */
export type Observe = (value: number) => void;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Observations per bucket, each in the first bucket that holds it. The last bucket has no upper bound. */
  readonly counts: Float64Array;
  sum: number;
}

interface Line {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A histogram whose observers are bound to their labels once. prom-client's own builds a key from the labels with every
 * observation: 459 ns instead of 41 ns (docs/decisions/libraries.md).
 */
export class BoundHistogram extends Histogram {
  private readonly series: Series[] = [];
  private readonly bounds: readonly number[];

  constructor(private readonly options: HistogramConfiguration<string> & { readonly buckets: number[] }) {
    super(options);
    this.bounds = options.buckets;
  }

  /** @param labels call this once for each combination of labels */
  observer(labels: Readonly<Record<string, string>>): Observe {
    const { bounds } = this;
    const series: Series = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 };
    this.series.push(series);
    return (value) => {
      let index = 0;
      for (const bound of bounds) {
        if (value <= bound) break;
        index += 1;
      }
      series.counts[index] = (series.counts[index] ?? 0) + 1;
      series.sum += value;
    };
  }

  /** prom-client 15 calls this for its text format and for get(). */
  getForPromString(): Promise<object> {
    const { name, help } = this.options;
    const values = this.series.flatMap((series) => this.linesOf(series));
    return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' });
  }

  private linesOf({ labels, counts, sum }: Series): Line[] {
    const { name } = this.options;
    const line = (suffix: string, value: number, own: Line['labels'] = {}): Line => {
      return { metricName: `${name}_${suffix}`, labels: own, sharedLabels: labels, value };
    };
    let count = 0;
    const buckets = [...this.bounds, '+Inf'].map((le, index) => {
      count += counts[index] ?? 0;
      return line('bucket', count, { le });
    });
    return [...buckets, line('sum', sum), line('count', count)];
  }
}
