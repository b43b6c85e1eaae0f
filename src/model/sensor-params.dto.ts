import { StoredIdentifier } from './identifier.decorator.js';

/** The path parameter of routes about one sensor. */
export class SensorParamsDto {
  @StoredIdentifier('The sensor', 'sensor_001')
  sensorId!: string;
}
