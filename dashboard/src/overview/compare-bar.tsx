import type { ReactNode } from 'react';

import { linkTo } from '../common/location.js';
import { clearTicks, MAX_TICKED, useTicked } from './ticked.js';

/** What can be done with the ticked sensors; absent while there are none. */
export function CompareBar(): ReactNode {
  const { sensorIds, isRefused } = useTicked();

  return (
    <div className="compare-bar-place">
      <div role="status" className="hidden">
        {isRefused ? `${MAX_TICKED} sensors fit on one chart.` : ''}
      </div>
      {sensorIds.length > 0 && (
        <section className="compare-bar card row" aria-label="Ticked sensors">
          <span title={sensorIds.join('\n')}>
            <strong className="number">{sensorIds.length}</strong> selected
          </span>
          {isRefused && (
            <span className="wrong">{MAX_TICKED} sensors fit on one chart. Take a tick away first.</span>
          )}
          {sensorIds.length > 1 ? (
            <a className="button primary" href={linkTo(['compare'], { sensor: sensorIds })}>
              Compare
            </a>
          ) : (
            <span className="muted">Tick another one to compare.</span>
          )}
          <button type="button" onClick={clearTicks}>
            Clear
          </button>
        </section>
      )}
    </div>
  );
}
