import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * Says of each named object that it has no other fields than those: what comes in is refused with more, and what goes
 * out has no more. An object whose fields are not listed, or that says so itself, is left as it is.
 */
export function closeObjects({ components }: OpenAPIObject): void {
  for (const schema of Object.values(components?.schemas ?? {})) {
    if ('$ref' in schema || schema.type !== 'object' || !schema.properties) continue;
    schema.additionalProperties ??= false;
  }
}
