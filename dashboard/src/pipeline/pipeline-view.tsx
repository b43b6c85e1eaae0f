import type { ReactNode } from 'react';

import { ErrorNotice } from '../components/error-notice.js';
import { View } from '../components/view.js';
import { Charts } from './charts.js';
import { DeadLetters } from './dead-letters.js';
import { Disk } from './disk.js';
import { Balance, Flow } from './flow.js';
import './pipeline.css';
import { Refused } from './refused.js';
import { StoreDown } from './store-down.js';
import { usePipeline } from './use-pipeline.js';

/** What happens to readings, live. */
export function PipelineView(): ReactNode {
  const { data: status, error, samples } = usePipeline();
  const last = samples.at(-1);
  return (
    <View title="Pipeline">
      <ErrorNotice error={error} />
      {!status && !error && <p className="muted">Loading …</p>}
      {status && (
        <>
          <StoreDown status={status} last={last} />
          <Flow status={status} last={last} />
          <Balance status={status} />
          <Charts samples={samples} />
          <div className="pipeline-facts">
            <Refused refused={status.refused} />
            <Disk status={status} />
          </div>
          <DeadLetters total={status.deadLettered} />
        </>
      )}
    </View>
  );
}
