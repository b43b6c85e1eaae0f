import type { ReadingStore } from './reading-store.js';
import { trace } from '../common/tracing/trace.js';

/** Traces a query to the store. @param query what it asks for, in one word */
export function traceQuery<T>(
  { label }: Pick<ReadingStore, 'label'>,
  query: string,
  ask: () => Promise<T>,
): Promise<T> {
  const attributes = { 'predictionx.store': label, 'predictionx.query': query };
  return trace({ name: 'store query', attributes, isCall: true }, async (setAttributes) => {
    const found = await ask();
    if (Array.isArray(found)) setAttributes({ 'predictionx.found': found.length });
    return found;
  });
}
