import type { IncomingHttpHeaders } from 'node:http';

import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  DiagLogLevel,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace as spans,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import { NAME, VERSION } from '../config/version.js';
import type { TracingConfig } from '../config/sections/tracing.config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { ServerSpan } from './server-span.js';
import { reportProblems } from './report-problems.js';
import type { Attributes, SetSpanAttributes, TracedWork } from './traced-work.js';

/**
 * Traces with OpenTelemetry's SDK, which reads its settings from its own variables. It patches nothing, and registers
 * nothing globally except the handlers of the SDK's errors: traced code calls it explicitly.
 */
export class OtelTracing {
  private readonly contexts = new AsyncLocalStorageContextManager().enable();
  private readonly propagator = new W3CTraceContextPropagator();
  private readonly tracer: Tracer;

  private constructor(private readonly provider: BasicTracerProvider) {
    this.tracer = provider.getTracer(NAME, VERSION);
  }

  static async start(config: TracingConfig): Promise<OtelTracing> {
    const report = reportProblems();
    const quiet = (): void => undefined;
    diag.setLogger(
      { error: report, warn: report, info: quiet, debug: quiet, verbose: quiet },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    setGlobalErrorHandler(report);
    const itself = { 'service.name': config.serviceName, 'service.version': VERSION };
    const resource = resourceFromAttributes(itself).merge(detectResources({ detectors: [envDetector] }));
    return new OtelTracing(
      new BasicTracerProvider({ resource, spanProcessors: [await createProcessor(config)] }),
    );
  }

  /** Runs the work within a span, which fails when the work does. */
  async span<T>(
    { name, attributes, isCall, isRoot }: TracedWork,
    act: (setAttributes: SetSpanAttributes) => Promise<T>,
  ): Promise<T> {
    const kind = isCall ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const parent = isRoot ? ROOT_CONTEXT : this.contexts.active();
    const span = this.tracer.startSpan(name, { kind, attributes }, parent);
    const setAttributes = (attributes: Attributes): void => {
      span.setAttributes(attributes);
    };
    try {
      return await this.contexts.with(spans.setSpan(parent, span), () => act(setAttributes));
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  /** Starts the span of a request, in the client's trace if its headers name one. */
  serve(name: string, attributes: Attributes, headers: IncomingHttpHeaders): ServerSpan {
    const parent = this.propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    return new ServerSpan(span, (work) => {
      this.contexts.with(spans.setSpan(parent, span), work);
    });
  }

  /** The headers that continue the trace in another program. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    const active = this.contexts.active();
    if (isActive(active)) this.propagator.inject(active, headers, defaultTextMapSetter);
    return headers;
  }

  /** Sends the remaining spans. */
  async stop(): Promise<void> {
    await this.provider.shutdown().catch((error: unknown) => {
      diag.warn(String(error));
    });
    this.contexts.disable();
  }
}

async function createProcessor(config: TracingConfig): Promise<SpanProcessor> {
  if (config.exporter === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter());
  const { OTLPTraceExporter } =
    config.protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new BatchSpanProcessor(new OTLPTraceExporter());
}

/** False for work that a request started and left behind, such as a timer: it no longer belongs to the request. */
function isActive(context: Context): boolean {
  const span = spans.getSpan(context);
  if (!span || !isSpanContextValid(span.spanContext())) return false;
  const isSampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  return span.isRecording() || !isSampled;
}

/** Only the kind of error: its message may hold data of a client. */
function fail(span: Span, error: unknown): void {
  const kind = error instanceof GatewayError ? error.code : error instanceof Error ? error.name : 'unknown';
  span.setAttribute('error.type', kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
