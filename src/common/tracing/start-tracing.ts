import { Logger } from '@nestjs/common';

import type { GatewayConfig } from '../config/gateway-config.js';
import { isTracing } from '../config/sections/tracing.config.js';
import { currentTracing, setTracing } from './trace.js';

/** How long the gateway waits at shutdown for the last spans to reach the collector. */
const STOP_MS = 2_000;

/** Turns tracing on if it is configured. Must run before the application is created. */
export async function startTracing(config: GatewayConfig): Promise<void> {
  if (!isTracing(config.tracing)) return;
  // Loaded only here: when tracing is off, the SDK takes neither time nor memory.
  const { OtelTracing } = await import('./otel-tracing.js');
  setTracing(await OtelTracing.start(config.tracing));
}

/** Sends the remaining spans, unless the collector takes too long. */
export async function stopTracing(): Promise<void> {
  const tracing = currentTracing();
  if (!tracing) return;
  setTracing(undefined);
  const tooLate = new Promise<boolean>((resolve) => {
    setTimeout(resolve, STOP_MS, true).unref();
  });
  const isLate = await Promise.race([tracing.stop().then(() => false), tooLate]);
  if (isLate)
    new Logger('Tracing').warn('The collector did not accept the last spans in time; they are lost');
}
