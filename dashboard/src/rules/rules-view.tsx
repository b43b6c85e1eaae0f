import type { ReactNode } from 'react';

import { View } from '../parts/view.js';

export function RulesView({ ruleId }: { ruleId: string | undefined }): ReactNode {
  return <View title={'Rules'}>{ruleId}</View>;
}
