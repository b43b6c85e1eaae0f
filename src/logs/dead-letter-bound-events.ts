import { Inject, Injectable, Logger } from '@nestjs/common';

import { formatValue } from '../common/errors/format-value.js';
import { DeadLetterBound, type DeadLetterBoundChange } from '../pipeline/dead-letter-bound.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import { SystemLog } from './system-log.js';

/** A cause that all sensors share, such as a type conflict, may fill the room of a thousand of them at once. */
const REPORT_LIMIT = { burst: 10, everyMs: 60_000 };

interface SensorChange extends Change {
  readonly sensorId: string;
}

/** Writes into the system log when readings are refused because of dead letters, and when that is over. */
@Injectable()
export class DeadLetterBoundEvents {
  private readonly logger = new Logger(DeadLetterBoundEvents.name);
  private readonly ofAll = new ChangeReporter((change) => {
    this.note(change);
  });
  private readonly ofSensors = new ThrottledReporter<SensorChange>(({ type, message, sensorId }, count) => {
    const more =
      count === 1 ? '' : ` (the last of ${count} such changes of sensors that came close together)`;
    this.note({ type, message: message + more }, sensorId);
  }, REPORT_LIMIT);

  constructor(
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(DeadLetterBound) private readonly bound: DeadLetterBound,
  ) {}

  start(): void {
    this.bound.onChange((change) => {
      const { sensorId } = change;
      if (sensorId === undefined) this.ofAll.report(toChange(change));
      else this.ofSensors.report({ ...toSensorChange(sensorId, change), sensorId });
    });
  }

  /** Tells what is untold. */
  stop(): void {
    this.ofAll.flush();
    this.ofSensors.flush();
  }

  private note({ type, message }: Change, sensorId?: string): void {
    if (type === 'normal') this.logger.log(message);
    else this.logger.warn(message);
    void this.log.note(type, message, sensorId === undefined ? {} : { sensorId });
  }
}

function toChange({ isReached, bytes, maxBytes }: DeadLetterBoundChange): Change {
  return isReached
    ? {
        type: 'critical',
        message: `Dead letters take ${bytes} bytes of ${maxBytes} (DEAD_LETTERS_MAX_BYTES): readings of each sensor that has any are refused until some are replayed or deleted`,
      }
    : {
        type: 'normal',
        message: `Dead letters take ${bytes} bytes of ${maxBytes}: sensors that have some are accepted again`,
      };
}

function toSensorChange(sensorId: string, { isReached, bytes, maxBytes }: DeadLetterBoundChange): Change {
  const name = formatValue(sensorId);
  return isReached
    ? {
        type: 'critical',
        message: `Readings of ${name} are refused: its dead letters take ${bytes} bytes, and one sensor's may take ${maxBytes} (a tenth of DEAD_LETTERS_MAX_BYTES); GET /api/dead-letters says why the store refuses them`,
      }
    : {
        type: 'normal',
        message: `Readings of ${name} are accepted again: its dead letters take ${bytes} bytes`,
      };
}
