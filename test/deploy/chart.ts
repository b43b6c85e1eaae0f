import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, parseAllDocuments, stringify } from 'yaml';

import { findChecker } from '../../tools/checkers/find.mjs';
import { emptyFolder, ROOT } from '../support/environment.js';

export const CHART = join(ROOT, 'deploy', 'helm', 'predictionx');

/** What a test reads of a Kubernetes object; each kind has some of it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec: Record<string, unknown>;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

export interface Container {
  readonly image: string;
  readonly env: EnvVar[];
  readonly envFrom?: unknown[];
  readonly ports: { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly volumeMounts: { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

export interface Volume {
  readonly name: string;
  readonly secret?: {
    readonly secretName: string;
    readonly items?: { readonly key: string; readonly path: string }[];
  };
}

export interface StatefulSetSpec {
  readonly replicas: number;
  readonly serviceName: string;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly containers: [Container];
      readonly volumes: Volume[];
      readonly securityContext: Record<string, unknown>;
      readonly automountServiceAccountToken: boolean;
      readonly terminationGracePeriodSeconds: number;
    };
  };
}

/** Runs a program that install.sh installs. @returns its exit code and output */
export function check(name: string, ...args: string[]): { code: number | null; output: string } {
  const program = findChecker(name);
  if (program === undefined) throw new Error(`tools/checkers/install.sh installs ${name}, which is missing`);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

/** The output of the chart for values, or its refusal of them. */
export function tryTemplate(values: object): { code: number | null; output: string } {
  const file = join(emptyFolder(), 'values.yaml');
  writeFileSync(file, stringify(values, { version: '1.1' }));
  return check('helm', 'template', 'gateway', CHART, '--namespace', 'factory', '--values', file);
}

/** @throws Error when the chart refuses the values */
export function template(values: object): Manifest[] {
  const { code, output } = tryTemplate(values);
  if (code !== 0) throw new Error(output);
  return parseManifests(output);
}

export function parseManifests(text: string): Manifest[] {
  // YAML 1.1 is what Kubernetes reads.
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** The one object of a kind, or of a kind and name. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (manifest) => manifest.kind === kind && (name === undefined || manifest.metadata.name === name),
  );
  const [manifest] = found;
  if (!manifest || found.length > 1) throw new Error(`There are ${found.length} objects of kind ${kind}`);
  return manifest;
}

export function statefulSet(manifests: readonly Manifest[]): StatefulSetSpec {
  return only(manifests, 'StatefulSet').spec as unknown as StatefulSetSpec;
}

/** Objects of Prometheus Operator, which are checked with its types. */
const OPERATED = 'monitoring.coreos.com/v1';

/** Whether Kubernetes' schemas and Prometheus Operator's types accept the objects and know all their fields. */
export function validate(manifests: readonly Manifest[]): { code: number | null; output: string } {
  const files = (wanted: boolean): string[] =>
    manifests
      .filter(({ apiVersion }) => (apiVersion === OPERATED) === wanted)
      .map((manifest) => {
        const file = join(emptyFolder(), `${manifest.kind}.yaml`);
        writeFileSync(file, stringify(manifest, { version: '1.1' }));
        return file;
      });
  const operated = check('operator-types', ...files(true));
  if (operated.code !== 0) return operated;
  // The oldest Kubernetes that the chart allows; the default is the newest with schemas.
  const { kubeVersion } = readYaml('deploy/helm/predictionx/Chart.yaml') as { kubeVersion: string };
  const oldest = /^>=(\d+\.\d+\.\d+)-0$/.exec(kubeVersion)?.[1] ?? kubeVersion;
  const native = files(false);
  const newest = check('kubernetes-validate', '--strict', ...native);
  return newest.code === 0
    ? check('kubernetes-validate', '--strict', '--kubernetes-version', oldest, ...native)
    : newest;
}

export function readYaml(path: string): unknown {
  return parse(readFileSync(join(ROOT, path), 'utf8'));
}

export function packageVersion(): string {
  return (readYaml('package.json') as { version: string }).version;
}
