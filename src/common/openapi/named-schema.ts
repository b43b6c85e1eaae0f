import type { Abstract } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
export type Schema = Schemas[string];

const named = new Map<string, Schema>();

/** Registers a schema for a class whose properties cannot describe it, such as a union of classes. */
export function NamedSchema({ name }: Abstract<object>, schema: Schema): void {
  named.set(name, schema);
}

export function namedSchemas(): Schemas {
  return Object.fromEntries(named);
}
