import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

import { BoundHistogram, type Observe } from './bound-histogram.js';

/** The prefix of all metrics of the gateway itself. */
const PREFIX = 'predictionx_';

/** Reads a value when Prometheus asks: from memory, at once. */
type Read = () => number;
/** The same for each value of a label. */
type ReadEach = () => Iterable<readonly [value: string, figure: number]>;

/** All metrics. Names are given without their prefix. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  /** A value that goes up and down. */
  gauge(name: string, help: string, read: Read): void {
    new Gauge({
      ...this.named(name, help),
      collect() {
        this.set(read());
      },
    });
  }

  /** A value that is always 1; the information is in its labels. */
  info(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    new Gauge({ ...this.named(name, help), labelNames: Object.keys(labels) }).set(labels, 1);
  }

  /** A value that only grows, from 0 at the start of the gateway. */
  counter(name: string, help: string, read: Read): void {
    new Counter({
      ...this.named(name, help),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** The same for each value of a label. */
  labelledCounter(name: string, help: string, label: string, read: ReadEach): void {
    new Counter({
      ...this.named(name, help),
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, figure] of read()) this.inc({ [label]: value }, figure);
      },
    });
  }

  /**
   * Counts values by buckets.
   * @returns makes the observer for values of the labels, in the order of their names. Call it once for each combination
   */
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly string[] = [],
  ): (...values: readonly string[]) => Observe {
    const histogram = new BoundHistogram({ ...this.named(name, help), buckets: [...buckets], labelNames });
    return (...values) => {
      const labels = labelNames.map((label, index) => [label, values[index] ?? ''] as const);
      return histogram.observer(Object.fromEntries(labels));
    };
  }

  private named(name: string, help: string): { name: string; help: string; registers: Registry[] } {
    return { name: PREFIX + name, help, registers: [this.registry] };
  }
}
