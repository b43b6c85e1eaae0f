import { GatewayError } from '../common/errors/gateway-error.js';

/** No reading of a sensor is known. The answer has the shape of a latest reading, not of an error. */
export class SensorNotFound extends GatewayError {
  constructor(private readonly sensorId: string) {
    super('SENSOR_NOT_FOUND', `No reading of sensor ${sensorId} is known`);
  }

  override body(): object {
    return { sensorId: this.sensorId, found: false };
  }
}
