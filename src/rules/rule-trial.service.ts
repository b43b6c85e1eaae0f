import { Injectable } from '@nestjs/common';

import { detectorFactory } from './anomaly/create-detector.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError, tryAgain } from '../common/errors/gateway-error.js';
import { formatValue } from '../common/errors/format-value.js';
import { ReadingStore } from '../influx/reading-store.js';
import { traceQuery } from '../influx/trace-query.js';
import type { SystemEvent } from '../model/system-event.js';
import type { Reading } from '../model/reading.js';
import { type TimeRange, timeRange } from '../model/time-range.js';
import { Evaluator } from './evaluator.js';
import type { RuleBodyDto } from './rule.dto.js';
import type { Rule } from './rule.js';
import type { TryRuleDto } from './try-rule.dto.js';

/** Readings judged at once. This takes some milliseconds; requests are served in between. */
const STEP_READINGS = 2_000;
const MAX_READINGS = 5_000_000;
const MAX_EVENTS = 10_000;
/** Trials that run at once. More would slow down the store, and this thread, for senders and readers. */
const MAX_TRIALS = 2;

/** Judges history by a rule that is not saved. */
@Injectable()
export class RuleTrialService {
  private running = 0;

  constructor(
    private readonly config: GatewayConfig,
    private readonly store: ReadingStore,
  ) {}

  /**
   * @param gone ends the trial with the events found until then
   * @returns the events that the rule would have made, oldest first, as if each reading had been accepted at its timestamp
   * @throws GatewayError INVALID_RULE, INVALID_PARAMETER for a range with too many readings or events, TOO_BUSY
   * @throws StoreUnavailable
   */
  async try({ rule: body, sensorId, from, to }: TryRuleDto, gone: AbortSignal): Promise<SystemEvent[]> {
    const range = timeRange(from, to);
    const watched = sensorOf(body, sensorId);
    const sinceMs = range.fromUs / 1000;
    const rule: Rule = { ...body.toRule(), id: '', sinceMs, sinceRunningMs: sinceMs };
    if (this.running >= MAX_TRIALS)
      throw tryAgain('TOO_BUSY', `${MAX_TRIALS} rules are being tried already; try again later`, 1);
    this.running += 1;
    try {
      const events = await this.judge(rule, watched, range, gone);
      return events.map(({ ruleId: _, ...event }) => event);
    } finally {
      this.running -= 1;
    }
  }

  private async judge(
    rule: Rule,
    sensorId: string,
    range: TimeRange,
    gone: AbortSignal,
  ): Promise<SystemEvent[]> {
    const evaluator = new Evaluator([rule], detectorFactory);
    const events: SystemEvent[] = [];
    const add = (found: readonly SystemEvent[]): void => {
      events.push(...found.filter(({ ruleId }) => ruleId === rule.id));
      if (events.length > MAX_EVENTS) throw rangeTooLong(`the rule makes more than ${MAX_EVENTS} events`);
    };
    let after: Reading | undefined;
    for (let count = 0, more = true; more && !gone.aborted;) {
      const query = { sensorId, ...range, after, limit: STEP_READINGS };
      const signal = AbortSignal.timeout(this.config.store.timeoutMs);
      const readings = await traceQuery(this.store, 'readings', () => this.store.readings(query, signal));
      add(await evaluator.evaluate(readings.map(asAccepted)));
      count += readings.length;
      if (count > MAX_READINGS)
        throw rangeTooLong(`there are more than ${MAX_READINGS} readings of ${sensorId}`);
      after = readings.at(-1);
      more = readings.length === STEP_READINGS;
    }
    add(await evaluator.tick(Math.min(range.toUs / 1000, Date.now())));
    return events;
  }
}

/** The store does not know when a reading was accepted, or who made its timestamp: that is used as if it was right. */
function asAccepted(reading: Reading): { readings: Reading[]; acceptedMs: number; position: number } {
  return { readings: [reading], acceptedMs: reading.timestampUs / 1000, position: 0 };
}

function sensorOf(rule: RuleBodyDto, sensorId = rule.sensorId): string {
  if (sensorId === undefined) throw wrongSensor('given, because the rule names no sensor');
  if (rule.sensorId !== undefined && rule.sensorId !== sensorId)
    throw wrongSensor(
      `the one that the rule names, ${formatValue(rule.sensorId)}, got ${formatValue(sensorId)}`,
    );
  return sensorId;
}

function wrongSensor(rule: string): GatewayError {
  const message = `sensorId must be ${rule}`;
  return new GatewayError('INVALID_RULE', message, { errors: [{ path: 'sensorId', message }] });
}

function rangeTooLong(why: string): GatewayError {
  const message = `from and to must be closer together: ${why}`;
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'from', message }] });
}
