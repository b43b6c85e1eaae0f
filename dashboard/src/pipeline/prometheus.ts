/** One figure of Prometheus' text format. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * All figures of a name in Prometheus' text format (version 0.0.4).
 * Only what the gateway writes is understood: no times, and labels without escaped quotes.
 */
export function parseMetric(text: string, name: string): MetricSample[] {
  const figures: MetricSample[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const [, labels = '', value = ''] = /^(?:\{(.*)\})? (\S+)$/.exec(line.slice(name.length)) ?? [];
    if (value === '') continue;
    const pairs = Array.from(labels.matchAll(/\b(\w+)="([^"]*)"/g), ([, label = '', is = '']) => [label, is]);
    figures.push({ labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) });
  }
  return figures;
}
