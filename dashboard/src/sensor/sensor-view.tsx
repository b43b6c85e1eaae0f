import type { ReactNode } from 'react';

import { View } from '../parts/view.js';

export function SensorView({ sensorId }: { sensorId: string }): ReactNode {
  return <View title={sensorId}>{sensorId}</View>;
}
