import { IdentifierList } from '../model/identifier-list.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';

/** The sensors whose latest readings to return; all of them without a filter. */
export class LatestQueryDto {
  @OptionalIdentifier('Only sensors whose newest reading is from this zone', 'zone_A')
  zone?: string;

  @IdentifierList('Only these sensors', { optional: true, max: 1_000 })
  sensorId?: string[];
}
