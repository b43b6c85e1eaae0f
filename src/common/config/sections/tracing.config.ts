import { flag, httpUrl, oneOf, share, text } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type TracingConfig = ValuesOf<typeof TRACING>;

const COLLECTOR_EXAMPLE = 'http://localhost:4318';
const SAMPLERS = [
  'always_on',
  'parentbased_always_on',
  'always_off',
  'parentbased_always_off',
  'traceidratio',
  'parentbased_traceidratio',
] as const;

/**
 * OpenTelemetry's own variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Its SDK
 * reads them itself, and also those for batches, limits, time-outs and certificates; here they are checked.
 */
export const TRACING = {
  /** The URL of a collector that takes spans by OTLP over HTTP, such as http://localhost:4318. It turns traces on. */
  endpoint: httpUrl('OTEL_EXPORTER_OTLP_ENDPOINT', COLLECTOR_EXAMPLE),

  /** The same as the full URL, with its path, for traces only. */
  tracesEndpoint: httpUrl('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', COLLECTOR_EXAMPLE),

  /** The encoding of spans on the way to the collector. */
  protocol: oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', ['http/protobuf', 'http/json'], 'http/protobuf'),

  /** Headers that the collector asks for, as name=value,name=value; values are percent-encoded. Never printed. */
  headers: text('OTEL_EXPORTER_OTLP_HEADERS'),

  /** Where spans go: otlp, console or none; if not set, otlp when a collector's URL is set. */
  exporter: oneOf('OTEL_TRACES_EXPORTER', ['', 'otlp', 'console', 'none'], '', 'otlp, console or none'),

  /** Which traces are kept. */
  sampler: oneOf('OTEL_TRACES_SAMPLER', SAMPLERS, 'parentbased_always_on'),

  /** The share of traces that the samplers by ratio keep, 0 to 1. */
  samplerRatio: share('OTEL_TRACES_SAMPLER_ARG'),

  /** The gateway's name in traces. */
  serviceName: text('OTEL_SERVICE_NAME', 'predictionx'),

  /** Further attributes of the gateway, as name=value,name=value. */
  resourceAttributes: text('OTEL_RESOURCE_ATTRIBUTES'),

  /** Turns traces off, whatever else is set. */
  isDisabled: flag('OTEL_SDK_DISABLED', false),
} as const;

/** Whether requests and the work they cause are traced. */
export function isTracing({ isDisabled, exporter, endpoint, tracesEndpoint }: TracingConfig): boolean {
  if (isDisabled || exporter === 'none') return false;
  return exporter !== '' || endpoint !== undefined || tracesEndpoint !== undefined;
}
