import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage as transformers } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage, type ValidatorConstraintInterface } from 'class-validator';

import { nestedOf, variantsOf } from './dto-shape.js';

type ValidationMetadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];

/** Types of class-validator's metadata: a @ValidateIf(), and a rule for a value. */
const CONDITION = 'conditionalValidation';
const RULE = 'customValidation';

/** The rules of one property. */
interface Field {
  readonly name: string;
  /** If one of them is false, the rules do not apply. */
  readonly conditions: readonly ((dto: object, value: unknown) => boolean)[];
  readonly rules: readonly ((value: unknown, dto: object) => boolean)[];
}

/** @returns an instance of the DTO class; undefined when the value may be wrong */
export type CompiledCheck = (value: unknown) => object | undefined;

/** For classes that cannot be compiled. */
const NEVER_SURE: CompiledCheck = () => undefined;

/**
 * Compiles the decorators of a DTO into a check that accepts valid values, about fifty times as fast as class-validator. It
 * calls the functions that the decorators were given. For all other values class-validator finds what is wrong, and
 * class-transformer changes what must be changed.
 */
export function compileCheck(dto: Type<object>): CompiledCheck {
  const storage = getMetadataStorage();
  const metadata = storage.getTargetValidationMetadatas(dto, '', false, false);
  if (variantsOf(dto) || nestedOf(dto).size > 0 || !metadata.every(isCompilable)) return NEVER_SURE;
  const fields = new Map<string, Field>();
  for (const { propertyName } of metadata) {
    const own = metadata.filter((one) => one.propertyName === propertyName);
    fields.set(propertyName, {
      name: propertyName,
      conditions: own
        .filter(({ type }) => type === CONDITION)
        .map(({ constraints }) => constraints[0] as Field['conditions'][number]),
      rules: own.filter(({ type }) => type === RULE).flatMap((one) => rulesOf(one)),
    });
  }
  const checks = [...fields.values()];
  /** Properties that class-transformer does not change. */
  const plain = new Set([...fields.keys()].filter((name) => !isTransformed(dto, name)));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const instance = new dto();
    for (const key of Object.keys(value)) {
      if (!plain.has(key)) return undefined;
      const own = (value as Record<string, unknown>)[key];
      if (typeof own === 'object' && own !== null) return undefined;
      (instance as Record<string, unknown>)[key] = own;
    }
    return checks.every((field) => isRight(field, instance)) ? instance : undefined;
  };
}

function isRight({ name, conditions, rules }: Field, dto: object): boolean {
  const value = (dto as Record<string, unknown>)[name];
  for (const condition of conditions) if (!condition(dto, value)) return true;
  for (const rule of rules) if (!rule(value, dto)) return false;
  return true;
}

/** Partial: the types declare fields that are not always present. */
function isCompilable({ type, each, groups, validateIf }: Partial<ValidationMetadata>): boolean {
  const isOfNoGroup = groups === undefined || groups.length === 0;
  return (type === CONDITION || type === RULE) && !each && isOfNoGroup && validateIf === undefined;
}

function isTransformed(dto: Type<object>, property: string): boolean {
  const changes = transformers.findTransformMetadatas(dto, property, TransformationType.PLAIN_TO_CLASS);
  return changes.length > 0 || (transformers.findTypeMetadata(dto, property) as unknown) !== undefined;
}

function rulesOf({ constraintCls, constraints, propertyName }: ValidationMetadata): Field['rules'] {
  const storage = getMetadataStorage();
  return storage.getTargetValidatorConstraints(constraintCls as Type).map(({ instance, async: isAsync }) => {
    const validator: ValidatorConstraintInterface = instance;
    return (value, object) => {
      const args = {
        value,
        object,
        constraints,
        property: propertyName,
        targetName: object.constructor.name,
      };
      return !isAsync && validator.validate(value, args) === true;
    };
  });
}
