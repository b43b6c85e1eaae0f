import { Logger } from '@nestjs/common';

import type { GatewayConfig } from '../config/gateway-config.js';
import { isTracing } from '../config/sections/tracing.config.js';
import { currentTracing, setTracing } from './trace.js';

/** How long the last spans may take to reach the collector when the gateway stops. */
const STOP_MS = 2_000;

/** Turns traces on where the configuration says so. Before the application is made, so that it knows. */
export async function startTracing(config: GatewayConfig): Promise<void> {
  if (!isTracing(config.tracing)) return;
  // Loaded here and nowhere else: while traces are off the SDK takes neither time nor memory.
  const { OtelTracing } = await import('./otel-tracing.js');
  setTracing(await OtelTracing.start(config.tracing));
}

/** Sends what is left, unless the collector takes too long for that. */
export async function stopTracing(): Promise<void> {
  const tracing = currentTracing();
  if (!tracing) return;
  setTracing(undefined);
  const tooLate = new Promise<boolean>((resolve) => {
    setTimeout(resolve, STOP_MS, true).unref();
  });
  const isLate = await Promise.race([tracing.stop().then(() => false), tooLate]);
  if (isLate) new Logger('Tracing').warn('The collector does not take the last spans in time; they are lost');
}
