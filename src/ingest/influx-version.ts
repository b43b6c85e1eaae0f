import { VERSION } from '../common/config/version.js';

/** The version that clients of InfluxDB see. */
export const INFLUX_VERSION = `predictionx-${VERSION}`;
