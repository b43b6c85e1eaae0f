import type { ReactNode } from 'react';

import type { PipelineStatus } from '../api/schemas.js';
import { formatBytes, formatCount } from '../common/format.js';
import { Meter } from './meter.js';

/** How much disk the gateway uses, and how many readings wait for the rules. */
export function Disk({ status }: { status: PipelineStatus }): ReactNode {
  const { diskUsedBytes, diskFreeBytes, unjudged } = status;
  const text = `${formatBytes(diskUsedBytes)} used, ${formatBytes(diskFreeBytes)} free`;
  return (
    <section className="card padded stack" aria-labelledby="disk">
      <h2 id="disk">Disk and rules</h2>
      <dl className="facts">
        <div>
          <dt>Used by the gateway</dt>
          <dd className="number">{formatBytes(diskUsedBytes)}</dd>
        </div>
        <div>
          <dt>Free on the disk</dt>
          <dd className="number">{formatBytes(diskFreeBytes)}</dd>
        </div>
      </dl>
      <Meter label="Disk" value={diskUsedBytes} max={diskUsedBytes + diskFreeBytes} text={text} />
      <dl className="facts">
        <div>
          <dt>Readings not yet checked by rules</dt>
          <dd className="number">{formatCount(unjudged)}</dd>
        </div>
      </dl>
    </section>
  );
}
