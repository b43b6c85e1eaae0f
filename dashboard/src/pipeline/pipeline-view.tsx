import type { ReactNode } from 'react';

import { View } from '../parts/view.js';

export function PipelineView(): ReactNode {
  return <View title="Pipeline">…</View>;
}
