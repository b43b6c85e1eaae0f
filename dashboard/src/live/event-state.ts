import type { SystemEvent } from '../api/schemas.js';
import type { SensorState } from './sensor-state.js';

/**
 * The state that an event reports. The gateway's type `critical` includes what silent rules report; their events alone have
 * no value, because there was no reading.
 */
export function stateOfEvent({
  type,
  ruleId,
  value,
}: Pick<SystemEvent, 'type' | 'ruleId' | 'value'>): SensorState {
  return type === 'critical' && ruleId !== undefined && value === undefined ? 'silent' : type;
}
