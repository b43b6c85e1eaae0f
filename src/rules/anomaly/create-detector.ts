import type { DetectorFactory } from './anomaly-detector.js';
import { SeasonalDetector } from './seasonal-detector.js';
import { StateReader } from './state-bytes.js';

/** The detectors that anomaly rules use. A better method would replace it here. */
export const detectorFactory: DetectorFactory = {
  create: () => new SeasonalDetector(),
  restore: (state) => new SeasonalDetector(new StateReader(state)),
};
