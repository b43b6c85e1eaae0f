import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';

import { type FieldError, GatewayError } from '../errors/gateway-error.js';
import { show } from '../errors/show.js';

/**
 * Checks every body, query and path against its DTO class, and says of each wrong field what would be right.
 * Nest's own ValidationPipe answers in messages that name neither the value nor the fields there are.
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    const fields = metatype ? fieldsOf(metatype) : [];
    if (!metatype || fields.length === 0) return value;
    const code = type === 'body' ? 'INVALID_READING' : 'INVALID_PARAMETER';
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new GatewayError(
        code,
        `The ${type} must be an object with the fields ${fields.join(', ')}, got ${show(value)}`,
      );
    }
    const unknown = Object.keys(value).filter((key) => !fields.includes(key));
    const dto = plainToInstance(metatype as Type<object>, pick(value, fields));
    const problems = validateSync(dto, { stopAtFirstError: true, forbidUnknownValues: false });
    const errors = [
      ...problems.map(toFieldError),
      ...unknown.map((path) => ({
        path,
        message: `${show(path)} is not known here; the fields are ${fields.join(', ')}`,
      })),
    ];
    if (errors.length > 0)
      throw new GatewayError(code, errors.map(({ message }) => message).join('; '), { errors });
    return dto;
  }
}

function fieldsOf(metatype: NonNullable<ArgumentMetadata['metatype']>): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  return [...new Set(rules.map(({ propertyName }) => propertyName))];
}

/** Unknown fields stay behind: one called "constructor" or "then" must not become part of the DTO. */
function pick(value: object, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => fields.includes(key)));
}

function toFieldError({ property, constraints = {} }: ValidationError): FieldError {
  return { path: property, message: Object.values(constraints)[0] ?? `${property} is not valid` };
}
