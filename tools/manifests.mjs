// npm run manifests: makes deploy/kubernetes/predictionx.yaml from the chart with its default values, for users without Helm.
// It also copies the alert rules into the chart, because a chart cannot read files outside its own folder.
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findChecker, missingCheckers } from './checkers/find.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const chart = join(root, 'deploy', 'helm', 'predictionx');

export const MANIFESTS = join(root, 'deploy', 'kubernetes', 'predictionx.yaml');
export const ALERTS = join(root, 'deploy', 'prometheus', 'alerts.yml');
export const ALERTS_OF_THE_CHART = join(chart, 'files', 'alerts.yml');

const HEADER = `# The gateway on Kubernetes, as the chart deploy/helm/predictionx makes it with its default values.
# "npm run manifests" makes this file: change the chart instead. docs/deployment.md says what to do before and after.
# kubectl apply -f deploy/kubernetes/predictionx.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: predictionx
  labels:
    # The strictest Pod Security Standard of Kubernetes.
    pod-security.kubernetes.io/enforce: restricted
`;

/** @returns the content of deploy/kubernetes/predictionx.yaml */
export function renderManifests() {
  const missing = missingCheckers('helm');
  if (missing) throw new Error(missing);
  const args = ['template', 'predictionx', chart, '--namespace', 'predictionx'];
  const rendered = execFileSync(findChecker('helm'), args, { encoding: 'utf8' });
  return HEADER + rendered.replace(/^# Source: .*\n/gm, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  copyFileSync(ALERTS, ALERTS_OF_THE_CHART);
  writeFileSync(MANIFESTS, renderManifests());
}
