import type { Abstract, Type } from '@nestjs/common';

import type { ErrorCode } from '../errors/error-codes.js';

/** The classes that a DTO may be, chosen by the value of a field. */
export interface Variants {
  readonly field: string;
  readonly classes: Readonly<Record<string, Type<object>>>;
}

const refusals = new WeakMap<object, ErrorCode>();
const variants = new WeakMap<object, Variants>();
const nested = new WeakMap<object, Map<string, Abstract<object>>>();

/** The error code for an invalid body of this class. */
export function RefusedAs(code: ErrorCode): ClassDecorator {
  return (dto) => {
    refusals.set(dto, code);
  };
}

/** A value of this class is one of several classes, chosen by the value of a field. */
export function OneOf(field: string, classes: Variants['classes']): ClassDecorator {
  return (dto) => {
    variants.set(dto, { field, classes });
  };
}

/** A property that is an object of another DTO class, whose fields are checked like those of the body. */
export function Nested(dto: Abstract<object>): PropertyDecorator {
  return (prototype, property) => {
    const properties = nested.get(prototype.constructor) ?? new Map<string, Abstract<object>>();
    nested.set(prototype.constructor, properties.set(String(property), dto));
  };
}

export function refusalOf(dto: object): ErrorCode | undefined {
  return refusals.get(dto);
}

export function variantsOf(dto: object): Variants | undefined {
  return variants.get(dto);
}

/** @returns the classes of its nested properties by their names */
export function nestedOf(dto: object): ReadonlyMap<string, Abstract<object>> {
  return nested.get(dto) ?? new Map();
}
