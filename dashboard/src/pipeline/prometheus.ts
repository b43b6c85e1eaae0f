/** One sample of a metric. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * All samples of a metric in Prometheus' text format (version 0.0.4).
 * Parses only what the gateway writes: no timestamps, and no escaped quotes in labels.
 */
export function parseMetric(text: string, name: string): MetricSample[] {
  const samples: MetricSample[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const [, labels = '', value = ''] = /^(?:\{(.*)\})? (\S+)$/.exec(line.slice(name.length)) ?? [];
    if (value === '') continue;
    const pairs = Array.from(labels.matchAll(/\b(\w+)="([^"]*)"/g), ([, label = '', is = '']) => [label, is]);
    samples.push({ labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) });
  }
  return samples;
}
