import {
  type Abstract,
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';

import { formatValue } from '../errors/format-value.js';
import { invalidFields } from '../errors/invalid-fields.js';
import { Problems } from '../errors/problems.js';
import { type CompiledCheck, compileCheck } from './compiled-check.js';
import { nestedOf, refusalOf, variantsOf } from './dto-shape.js';
import { mustBeMessage } from './must-be.js';

/**
 * Checks every body, query and path against its DTO class, and reports for each wrong field what would be right.
 * The messages of Nest's own ValidationPipe name neither the value nor the known fields.
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  private readonly compiled = new Map<Type<object>, CompiledCheck>();

  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (!metatype || (fieldsOf(metatype).length === 0 && !variantsOf(metatype))) return value;
    return this.compiledOf(metatype as Type<object>)(value) ?? this.validate(value, type, metatype);
  }

  /** Validates with class-validator. @throws GatewayError that says what is wrong */
  validate(value: unknown, type: ArgumentMetadata['type'], metatype: Type): unknown {
    const problems = new Problems();
    const dto = check(`The ${type}`, '', value, metatype, problems);
    if (problems.count === 0) return dto;
    const code = type === 'body' ? (refusalOf(metatype) ?? 'INVALID_READING') : 'INVALID_PARAMETER';
    throw invalidFields(code, problems);
  }

  private compiledOf(metatype: Type<object>): CompiledCheck {
    const compiled = this.compiled.get(metatype) ?? compileCheck(metatype);
    this.compiled.set(metatype, compiled);
    return compiled;
  }
}

/** A cache, because class-validator searches through all classes for the names. */
const fieldNames = new Map<object, readonly string[]>();

/**
 * @param name of the value, as messages show it
 * @param path of the value in the request, with a dot at the end
 * @param problems gets what is wrong
 * @returns an instance of the class, valid only when there are no problems
 */
function check(
  name: string,
  path: string,
  value: unknown,
  metatype: Abstract<object>,
  problems: Problems,
): unknown {
  const dto = classFor(path, value, metatype, problems);
  if (!dto) return undefined;
  const nested = nestedOf(dto);
  const fields = [...new Set([...fieldsOf(dto), ...nested.keys()])];
  if (!isObject(value)) {
    const message = `${name} must be an object with the fields ${fields.join(', ')}, got ${formatValue(value)}`;
    problems.add(path.slice(0, -1), () => message);
    return undefined;
  }
  const instance = toInstance(dto, pick(value, fields));
  const wrong = validateSync(instance, { stopAtFirstError: true, forbidUnknownValues: false });
  for (const { property, constraints = {} } of wrong) {
    const message = Object.values(constraints)[0] ?? `${property} is not valid`;
    problems.add(path + property, () => path + message);
  }
  for (const key of Object.keys(value)) {
    if (fields.includes(key)) continue;
    problems.add(
      path + key,
      () => `${formatValue(path + key)} is not known here; the fields are ${fields.join(', ')}`,
    );
  }
  for (const [property, type] of nested) {
    const inner = (value as Record<string, unknown>)[property];
    Object.assign(instance, {
      [property]: check(path + property, `${path}${property}.`, inner, type, problems),
    });
  }
  return instance;
}

/** @returns the class that the value must have; undefined when it cannot be determined, and then a problem is added */
function classFor(
  path: string,
  value: unknown,
  metatype: Abstract<object>,
  problems: Problems,
): Type<object> | undefined {
  const variants = variantsOf(metatype);
  // Without variants it is the class itself, which is not abstract.
  if (!variants) return metatype as Type<object>;
  const { field, classes } = variants;
  const which = isObject(value) ? (value as Record<string, unknown>)[field] : undefined;
  const dto = typeof which === 'string' && Object.hasOwn(classes, which) ? classes[which] : undefined;
  if (!dto) {
    const rule = `one of ${Object.keys(classes).join(', ')}`;
    const name = path.slice(0, -1);
    if (isObject(value)) problems.add(path + field, () => mustBeMessage(path + field, rule, which));
    else
      problems.add(
        name,
        () => `${name || 'The body'} must be an object whose ${field} is ${rule}, got ${formatValue(value)}`,
      );
  }
  return dto;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(metatype: Abstract<object>): readonly string[] {
  const known = fieldNames.get(metatype);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  fieldNames.set(metatype, names);
  return names;
}

/** Unknown fields stay behind: one called "constructor" or "then" must not become part of the DTO. */
function pick(value: object, fields: readonly string[]): object {
  const own = fields.filter((field) => Object.hasOwn(value, field));
  return Object.fromEntries(own.map((field) => [field, (value as Record<string, unknown>)[field]]));
}

/** plainToInstance() recurses into every value, and JSON may be nested too deeply for the stack, so only flat values go in. */
function toInstance(dto: Type<object>, fields: object): object {
  const entries = Object.entries(fields);
  const flat = Object.fromEntries(entries.filter(([, value]) => isFlat(value)));
  return Object.assign(
    plainToInstance(dto, flat),
    Object.fromEntries(entries.filter(([, value]) => !isFlat(value))),
  );
}

function isFlat(value: unknown): boolean {
  return Array.isArray(value)
    ? value.every((one) => typeof one !== 'object')
    : typeof value !== 'object' || value === null;
}
