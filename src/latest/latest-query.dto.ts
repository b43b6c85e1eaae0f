import { IdentifierList } from '../model/identifier-list.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';

/** Which sensors' latest readings are asked for; those of all without either. */
export class LatestQueryDto {
  @OptionalIdentifier('Only sensors whose newest reading is of this zone', 'zone_A')
  zone?: string;

  @IdentifierList('Only these sensors', { optional: true, max: 1_000 })
  sensorId?: string[];
}
