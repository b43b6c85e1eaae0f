import type { ReactNode } from 'react';

import { View } from '../parts/view.js';

export function LogView(): ReactNode {
  return <View title="Log">…</View>;
}
