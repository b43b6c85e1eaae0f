import { Inject, Injectable } from '@nestjs/common';

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

/** Readings that are judged in one go: some milliseconds, between which requests are served. */
const STEP_READINGS = 2_000;
const MAX_READINGS = 5_000_000;
const MAX_EVENTS = 10_000;
/** More would take the store, and this thread, from those who send and read. */
const MAX_AT_ONCE = 2;

/** Judges history by a rule that is not kept. */
@Injectable()
export class TryService {
  private underWay = 0;

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(ReadingStore) private readonly store: ReadingStore,
  ) {}

  /**
   * @param gone ends it, with what was found until then
   * @returns the events that the rule would have made, oldest first, had each reading been accepted at its timestamp
   * @throws GatewayError INVALID_RULE, INVALID_PARAMETER for a range that holds too much, TOO_BUSY
   * @throws StoreUnavailable
   */
  async try({ rule: body, sensorId, from, to }: TryRuleDto, gone: AbortSignal): Promise<SystemEvent[]> {
    const range = timeRange(from, to);
    const watched = sensorOf(body, sensorId);
    const rule: Rule = { ...body.toRule(), id: '', sinceMs: range.fromUs / 1000 };
    if (this.underWay >= MAX_AT_ONCE)
      throw tryAgain('TOO_BUSY', `${MAX_AT_ONCE} rules are being tried already; send this again later`, 1);
    this.underWay += 1;
    try {
      const events = await this.judge(rule, watched, range, gone);
      return events.map(({ ruleId: _, ...event }) => event);
    } finally {
      this.underWay -= 1;
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
    const found = (news: readonly SystemEvent[]): void => {
      events.push(...news.filter(({ ruleId }) => ruleId === rule.id));
      if (events.length > MAX_EVENTS) throw tooMuch(`the rule makes more than ${MAX_EVENTS} events of it`);
    };
    let after: Reading | undefined;
    for (let count = 0, more = true; more && !gone.aborted;) {
      const asked = { sensorId, ...range, after, limit: STEP_READINGS };
      const signal = AbortSignal.timeout(this.config.store.timeoutMs);
      const readings = await traceQuery(this.store, 'readings', () => this.store.readings(asked, signal));
      found(await evaluator.take(readings.map(asAccepted)));
      count += readings.length;
      if (count > MAX_READINGS) throw tooMuch(`it holds more than ${MAX_READINGS} readings of ${sensorId}`);
      after = readings.at(-1);
      more = readings.length === STEP_READINGS;
    }
    found(evaluator.tick(Math.min(range.toUs / 1000, Date.now())));
    return events;
  }
}

/** History does not tell when a reading was accepted; its timestamp stands for it. */
function asAccepted(reading: Reading): { readings: Reading[]; acceptedMs: number; position: number } {
  return { readings: [reading], acceptedMs: reading.timestampUs / 1000, position: 0 };
}

function sensorOf(rule: RuleBodyDto, sensorId = rule.sensorId): string {
  if (sensorId === undefined) throw wrongSensor('a sensor, because the rule names none');
  if (rule.sensorId !== undefined && rule.sensorId !== sensorId)
    throw wrongSensor(`the rule's own, ${formatValue(rule.sensorId)}, got ${formatValue(sensorId)}`);
  return sensorId;
}

function wrongSensor(rule: string): GatewayError {
  const message = `sensorId must be ${rule}`;
  return new GatewayError('INVALID_RULE', message, { errors: [{ path: 'sensorId', message }] });
}

function tooMuch(why: string): GatewayError {
  const message = `from and to must be closer together: ${why}`;
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'from', message }] });
}
