import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatCount, formatDuration, formatRate } from '../common/format.js';
import { RollingChart } from './rolling-chart.js';
import type { Sample } from './samples.js';
import { useSyncTimes } from './use-pipeline.js';

/** The last minutes: what comes and goes, what waits, and how fast the disk is. */
export function Charts({ samples }: { samples: readonly Sample[] }): ReactNode {
  const { times, error } = useSyncTimes();
  // The charts move on also while nothing comes.
  useNow();
  const nowMs = Date.now();
  const of = (
    read: (sample: Sample) => number | undefined,
  ): readonly (readonly [number, number | undefined])[] =>
    samples.map((sample) => [sample.timeMs, read(sample)] as const);
  return (
    <div className="moving-charts">
      <RollingChart
        title="Throughput"
        nowMs={nowMs}
        format={(value) => `${formatRate(value)}/s`}
        atLeast={1}
        hint="Readings a second, each a mean of five seconds"
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
        hint="Readings that wait for the store"
        lines={[{ name: 'queued', points: of(({ queued }) => queued) }]}
      />
      <RollingChart
        title="Disk sync"
        nowMs={nowMs}
        format={(value) => (value === 0 ? '0' : formatDuration(value))}
        atLeast={0.001}
        empty={error ? `It cannot be read: ${error.message}` : 'Nothing was written since you came here'}
        hint="How long fsync takes, which each acknowledgement waits for"
        lines={[
          { name: 'mean', points: times.map(({ timeMs, mean }) => [timeMs, mean] as const) },
          { name: 'slowest 1 %', points: times.map(({ timeMs, p99 }) => [timeMs, p99] as const) },
        ]}
      />
    </div>
  );
}
