import { type Span, SpanStatusCode } from '@opentelemetry/api';

import type { Attributes } from './traced-work.js';

/** The span of a request. */
export class ServerSpan {
  /** @param within runs work so that its spans belong to the request */
  constructor(
    private readonly span: Span,
    readonly within: (work: () => void) => void,
  ) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  /**
   * May be called twice; the first call counts.
   * @param status of the response; undefined when there was none, because the client had gone
   */
  end(status: number | undefined, attributes: Attributes): void {
    if (!this.span.isRecording()) return;
    this.span.setAttributes({ ...attributes, 'http.response.status_code': status });
    // A 4xx is the client's mistake: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status.
    if (status !== undefined && status >= 500) {
      this.span.setAttribute('error.type', String(status));
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}
