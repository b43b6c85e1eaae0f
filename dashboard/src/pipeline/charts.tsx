import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatCount, formatDuration, formatRate } from '../common/format.js';
import { RollingChart } from './rolling-chart.js';
import type { Sample } from './samples.js';
import { useSyncTimes } from './use-pipeline.js';

/** The last minutes of throughput, queue and disk latency. */
export function Charts({ samples }: { samples: readonly Sample[] }): ReactNode {
  const { times, error } = useSyncTimes();
  // The charts keep moving while no data arrive.
  useNow();
  const nowMs = Date.now();
  const of = (
    read: (sample: Sample) => number | undefined,
  ): readonly (readonly [number, number | undefined])[] =>
    samples.map((sample) => [sample.timeMs, read(sample)] as const);
  return (
    <div className="rolling-charts">
      <RollingChart
        title="Throughput"
        nowMs={nowMs}
        format={(value) => `${formatRate(value)}/s`}
        atLeast={1}
        hint="Readings per second, averaged over 5 seconds"
        lines={[
          { name: 'accepted', points: of(({ acceptedRate }) => acceptedRate) },
          { name: 'stored', points: of(({ storedRate }) => storedRate) },
        ]}
      />
      <RollingChart
        title="Queue"
        nowMs={nowMs}
        format={formatCount}
        atLeast={10}
        hint="Readings waiting for the store"
        lines={[{ name: 'queued', points: of(({ queued }) => queued) }]}
      />
      <RollingChart
        title="Disk sync"
        nowMs={nowMs}
        format={(value) => (value === 0 ? '0' : formatDuration(value))}
        atLeast={0.001}
        empty={error ? `Cannot be loaded: ${error.message}` : 'No writes since you opened this page'}
        hint="Duration of an fsync; each acknowledgement waits for one"
        lines={[
          { name: 'mean', points: times.map(({ timeMs, mean }) => [timeMs, mean] as const) },
          { name: 'slowest 1 %', points: times.map(({ timeMs, p99 }) => [timeMs, p99] as const) },
        ]}
      />
    </div>
  );
}
