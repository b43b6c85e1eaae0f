import type { OtelTracing } from './otel-tracing.js';
import type { SetSpanAttributes, TracedWork } from './traced-work.js';

const NO_SPAN: SetSpanAttributes = () => undefined;

let tracing: OtelTracing | undefined;

/** What traces are made with; undefined while they are off, and then nothing of OpenTelemetry is loaded. */
export function currentTracing(): OtelTracing | undefined {
  return tracing;
}

/** For whoever starts and stops the gateway. */
export function setTracing(to: OtelTracing | undefined): void {
  tracing = to;
}

/** Does the work, as a span of its own where traces are on. */
export function trace<T>(work: TracedWork, doIt: (note: SetSpanAttributes) => Promise<T>): Promise<T> {
  return tracing ? tracing.span(work, doIt) : doIt(NO_SPAN);
}

/** The headers by which another program goes on with the trace; none while traces are off. */
export function traceHeaders(): Record<string, string> {
  return tracing ? tracing.headers() : {};
}
