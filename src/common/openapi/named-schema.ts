import type { Abstract } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
export type Schema = Schemas[string];

const named = new Map<string, Schema>();

/** Describes a class whose properties do not tell what it is, such as one that is one of several. */
export function NamedSchema({ name }: Abstract<object>, schema: Schema): void {
  named.set(name, schema);
}

export function namedSchemas(): Schemas {
  return Object.fromEntries(named);
}
