import { Identifier } from './identifier.decorator.js';

/** The path parameter of routes about one sensor. */
export class SensorParamsDto {
  @Identifier('The sensor', 'sensor_001')
  sensorId!: string;
}
