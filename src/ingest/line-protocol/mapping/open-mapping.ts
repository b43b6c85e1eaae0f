import type { GatewayConfig } from '../../../common/config/gateway-config.js';
import { LineMapping } from './line-mapping.js';

/**
 * The mapping of LINE_MAPPING; without that variable, only the measurement sensor_predictions is read.
 * @throws StartError when the file cannot be read, or is wrong
 */
export async function openMapping({ readings }: GatewayConfig): Promise<LineMapping> {
  const { lineMapping: file } = readings;
  if (file === '') return new LineMapping();
  // Most gateways have no mapping, and need not load what reads YAML.
  const { readMappingFile } = await import('./mapping-file.js');
  return new LineMapping(readMappingFile(file));
}
