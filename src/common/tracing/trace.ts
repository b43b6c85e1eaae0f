import type { OtelTracing } from './otel-tracing.js';
import type { SetSpanAttributes, TracedWork } from './traced-work.js';

const NO_SPAN: SetSpanAttributes = () => undefined;

let tracing: OtelTracing | undefined;

/** The current tracing; undefined when tracing is off, and then OpenTelemetry is not loaded. */
export function currentTracing(): OtelTracing | undefined {
  return tracing;
}

/** Called when the gateway starts and stops. */
export function setTracing(to: OtelTracing | undefined): void {
  tracing = to;
}

/** Runs the work, in a span of its own when tracing is on. */
export function trace<T>(
  work: TracedWork,
  act: (setAttributes: SetSpanAttributes) => Promise<T>,
): Promise<T> {
  return tracing ? tracing.span(work, act) : act(NO_SPAN);
}

/** The headers that continue the trace in another program; empty when tracing is off. */
export function traceHeaders(): Record<string, string> {
  return tracing ? tracing.headers() : {};
}
