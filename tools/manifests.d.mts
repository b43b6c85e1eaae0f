/** Where the plain manifests are. */
export const MANIFESTS: string;
/** The alert rules, and the chart's copy of them. */
export const ALERTS: string;
export const ALERTS_OF_THE_CHART: string;
/** What the plain manifests are to be. */
export function renderManifests(): string;
