import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * Marks each named schema as having no other fields: requests with more are refused, and responses have no more. A schema
 * that lists no fields, or that sets additionalProperties itself, stays as it is.
 */
export function closeObjects({ components }: OpenAPIObject): void {
  for (const schema of Object.values(components?.schemas ?? {})) {
    if ('$ref' in schema || schema.type !== 'object' || !schema.properties) continue;
    schema.additionalProperties ??= false;
  }
}
