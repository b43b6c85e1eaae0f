import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

import { Distribution, type Observe } from './bound-histogram.js';

/** What stands before the name of every figure that is the gateway's own. */
const PREFIX = 'predictionx_';

/** Gives one figure when Prometheus asks: from memory, at once. */
type Read = () => number;
/** The same for each value of a label. */
type ReadEach = () => Iterable<readonly [value: string, figure: number]>;

/** Every figure that Prometheus is shown. Names are given without their prefix. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  /** Something that goes up and down. */
  gauge(name: string, help: string, read: Read): void {
    new Gauge({
      ...this.named(name, help),
      collect() {
        this.set(read());
      },
    });
  }

  /** A figure that is always 1 and says what it has to say by its labels. */
  info(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    new Gauge({ ...this.named(name, help), labelNames: Object.keys(labels) }).set(labels, 1);
  }

  /** Something that only grows, from 0 at the start of the gateway. */
  total(name: string, help: string, read: Read): void {
    new Counter({
      ...this.named(name, help),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** The same for each value of a label. */
  totals(name: string, help: string, label: string, read: ReadEach): void {
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
   * How something is spread over buckets.
   * @returns gives the observer for values of the labels, in the order of their names; to be kept, not asked for twice
   */
  distribution(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly string[] = [],
  ): (...values: readonly string[]) => Observe {
    const distribution = new Distribution({ ...this.named(name, help), buckets: [...buckets], labelNames });
    return (...values) => {
      const labels = labelNames.map((label, index) => [label, values[index] ?? ''] as const);
      return distribution.observer(Object.fromEntries(labels));
    };
  }

  private named(name: string, help: string): { name: string; help: string; registers: Registry[] } {
    return { name: PREFIX + name, help, registers: [this.registry] };
  }
}
