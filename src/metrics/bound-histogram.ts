import { Histogram, type HistogramConfiguration } from 'prom-client';

/** Takes one observation. */
export type Observe = (value: number) => void;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** How many observations each bound was the first to hold; the last are those beyond all bounds. */
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
 * A histogram whose observers know their buckets. prom-client's own put a key together from their labels with every
 * observation, which took 1.3 µs of the 2.1 µs that measuring a request took in all.
 */
export class Distribution extends Histogram {
  private readonly series: Series[] = [];
  private readonly bounds: readonly number[];

  constructor(private readonly options: HistogramConfiguration<string> & { readonly buckets: number[] }) {
    super(options);
    this.bounds = options.buckets;
  }

  /** @param labels each combination once */
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

  /** What prom-client 15 asks its histograms for, behind both the text and get(). */
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
