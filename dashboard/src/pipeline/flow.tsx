import type { ReactNode } from 'react';

import type { PipelineStatus } from '../api/schemas.js';
import { formatBytes, formatCount, formatDuration, formatRate } from '../common/format.js';
import { Meter } from './meter.js';
import type { Sample } from './samples.js';
import { StoreBadge } from './store-badge.js';

interface FlowProps {
  readonly status: PipelineStatus;
  readonly last: Sample | undefined;
}

/** The data flow: from sensors into the journal, then into the store, or aside as dead letters. */
export function Flow({ status, last }: FlowProps): ReactNode {
  const { accepted, stored, queued, deadLettered, store, journalBytes, journalMaxBytes } = status;
  const { deadLetterBytes, deadLettersMaxBytes } = status;
  const fill = `${formatBytes(journalBytes)} of ${formatBytes(journalMaxBytes)}`;
  return (
    <ol className="flow" aria-label="Data flow">
      <Stage place="accepted" where="From sensors" title="Accepted" count={accepted}>
        acknowledged once they are on disk
      </Stage>
      <Arrow place="in" rate={last?.acceptedRate} />
      <Stage place="queued" where="Journal" title="Queued" count={queued}>
        on disk; {waitOf(status)}
        <Meter label="Journal" value={journalBytes} max={journalMaxBytes} text={fill} />
        <span className="number">{fill}</span>
      </Stage>
      <Arrow place="out" rate={last?.storedRate} isStopped={store === 'down'} />
      <Stage place="stored" where="Store" title="Stored" count={stored} mark={<StoreBadge store={store} />}>
        {store === 'up' ? 'confirmed by the store' : 'confirmed so far; the store does not answer'}
      </Stage>
      <Arrow place="aside" rate={last?.deadLetteredRate} />
      <Stage place="dead" where="Dead letters" title="Dead-lettered" count={deadLettered}>
        {deadLettered === 0
          ? 'the store has refused none for good'
          : 'refused by the store for good, kept with the reason'}
        {deadLetterBytes > 0 && (
          <span className="number">
            {formatBytes(deadLetterBytes)} of {formatBytes(deadLettersMaxBytes)}
          </span>
        )}
      </Stage>
    </ol>
  );
}

/** Shows that no reading is lost: accepted = stored + queued + dead-lettered. */
export function Balance({ status }: { status: PipelineStatus }): ReactNode {
  const { accepted, stored, queued, deadLettered, damaged } = status;
  const isBalanced = accepted === stored + queued + deadLettered;
  return (
    <div className={`balance notice${isBalanced ? '' : ' bad'}`}>
      <p className="number">
        <Term count={accepted} name="accepted" /> <span aria-label="equals">{isBalanced ? '=' : '≠'}</span>{' '}
        <Term count={stored} name="stored" /> <span aria-label="plus">+</span>{' '}
        <Term count={queued} name="queued" /> <span aria-label="plus">+</span>{' '}
        <Term count={deadLettered} name="dead-lettered" />
      </p>
      <p className={isBalanced ? 'is-normal' : 'is-critical'}>
        {isBalanced
          ? '✓ Every reading is accounted for'
          : 'These numbers do not add up. Please report this bug.'}
      </p>
      {damaged > 0 && (
        <p className="balance-damaged wrong">
          Lost to a damaged file: {formatCount(damaged)} readings. “Accepted” no longer counts them.
        </p>
      )}
    </div>
  );
}

function Term({ count, name }: { count: number; name: string }): ReactNode {
  return (
    <span className="balance-term">
      <strong>{formatCount(count)}</strong> {name}
    </span>
  );
}

interface StageProps {
  readonly place: string;
  readonly where: string;
  readonly title: string;
  readonly count: number;
  readonly mark?: ReactNode;
  readonly children: ReactNode;
}

function Stage({ place, where, title, count, mark, children }: StageProps): ReactNode {
  return (
    <li className={`card stage at-${place}`}>
      <div className="row spread">
        <h2>
          <span className="stage-where">{where}</span> {title}
        </h2>
        {mark}
      </div>
      <strong className="stage-count number" data-figure={place}>
        {formatCount(count)}
      </strong>
      <div className="muted stage-words">{children}</div>
    </li>
  );
}

interface ArrowProps {
  readonly place: string;
  readonly rate: number | undefined;
  readonly isStopped?: boolean;
}

function Arrow({ place, rate = 0, isStopped = false }: ArrowProps): ReactNode {
  const isMoving = rate > 0;
  const label = isStopped && !isMoving ? 'waiting' : `${formatRate(rate)}/s`;
  return (
    <li className={`arrow at-${place}${isMoving ? ' is-moving' : ''}${isStopped ? ' is-stopped' : ''}`}>
      <span className="number">{label}</span>
      <svg viewBox="0 0 60 16" preserveAspectRatio="xMaxYMid slice" aria-hidden>
        <path className="arrow-line" d="M0 8H52" />
        <path className="arrow-head" d="M51 3 58 8 51 13Z" />
      </svg>
    </li>
  );
}

function waitOf({ queued, oldestQueuedSeconds }: PipelineStatus): string {
  if (queued === 0) return 'none waiting';
  return `the oldest has been waiting for ${formatDuration(Math.max(0.001, oldestQueuedSeconds))}`;
}
