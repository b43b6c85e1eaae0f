import { GatewayError } from '../common/errors/gateway-error.js';

/** No reading of a sensor is known. The answer keeps the shape of a latest reading instead of an error's. */
export class SensorNotFound extends GatewayError {
  constructor(private readonly sensorId: string) {
    super('SENSOR_NOT_FOUND', `No reading of sensor ${sensorId} is known`);
  }

  override body(): object {
    return { sensorId: this.sensorId, found: false };
  }
}
