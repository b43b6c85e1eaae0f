import { Injectable, Logger } from '@nestjs/common';

import { formatValue } from '../common/errors/format-value.js';
import { DeadLetterBound, type DeadLetterBoundChange } from '../pipeline/dead-letter-bound.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { ThrottledReporter } from '../common/scheduling/throttled-reporter.js';
import { SystemLog } from './system-log.js';

/** One cause, such as a type conflict, may make a thousand sensors reach their limit at once. */
const REPORT_LIMIT = { burst: 10, everyMs: 60_000 };

interface SensorChange extends Change {
  readonly sensorId: string;
}

/** Records in the system log when readings are refused because of dead letters, and when that ends. */
@Injectable()
export class DeadLetterBoundEvents {
  private readonly logger = new Logger(DeadLetterBoundEvents.name);
  private readonly totalReporter = new ChangeReporter((change) => {
    this.record(change);
  });
  private readonly sensorReporter = new ThrottledReporter<SensorChange>(
    ({ type, message, sensorId }, count) => {
      const more = count === 1 ? '' : ` (the last of ${count} such changes of sensors in a short time)`;
      this.record({ type, message: message + more }, sensorId);
    },
    REPORT_LIMIT,
  );

  constructor(
    private readonly log: SystemLog,
    private readonly bound: DeadLetterBound,
  ) {}

  start(): void {
    this.bound.onChange((change) => {
      const { sensorId } = change;
      if (sensorId === undefined) this.totalReporter.report(toChange(change));
      else this.sensorReporter.report({ ...toSensorChange(sensorId, change), sensorId });
    });
  }

  /** Records what was held back. */
  stop(): void {
    this.totalReporter.flush();
    this.sensorReporter.flush();
  }

  private record({ type, message }: Change, sensorId?: string): void {
    if (type === 'normal') this.logger.log(message);
    else this.logger.warn(message);
    void this.log.record(type, message, sensorId === undefined ? {} : { sensorId });
  }
}

function toChange({ isReached, bytes, maxBytes }: DeadLetterBoundChange): Change {
  return isReached
    ? {
        type: 'critical',
        message: `Dead letters take ${bytes} bytes of ${maxBytes} (DEAD_LETTERS_MAX_BYTES): readings of sensors with dead letters are refused until some are replayed or deleted`,
      }
    : {
        type: 'normal',
        message: `Dead letters take ${bytes} bytes of ${maxBytes}: readings of sensors with dead letters are accepted again`,
      };
}

function toSensorChange(sensorId: string, { isReached, bytes, maxBytes }: DeadLetterBoundChange): Change {
  const name = formatValue(sensorId);
  return isReached
    ? {
        type: 'critical',
        message: `Readings of ${name} are refused: its dead letters take ${bytes} bytes, and those of one sensor may take ${maxBytes} (a tenth of DEAD_LETTERS_MAX_BYTES); GET /api/dead-letters shows why the store refuses them`,
      }
    : {
        type: 'normal',
        message: `Readings of ${name} are accepted again: its dead letters take ${bytes} bytes`,
      };
}
