/** The path of the plain manifests. */
export const MANIFESTS: string;
/** The path of the alert rules, and of the chart's copy. */
export const ALERTS: string;
export const ALERTS_OF_THE_CHART: string;
/** Makes the plain manifests. */
export function renderManifests(): string;
