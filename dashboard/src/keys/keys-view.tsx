import type { ReactNode } from 'react';

import { View } from '../parts/view.js';

export function KeysView(): ReactNode {
  return <View title="Keys">…</View>;
}
