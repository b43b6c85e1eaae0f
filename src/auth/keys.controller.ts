import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { Auth } from './auth.decorator.js';
import { KeyDto, KeyParamsDto, MadeKeyDto, NewKeyDto, RotationDto } from './key.dto.js';
import { KeyRing } from './key-ring.js';
import { Principal } from './principal.js';
import { CurrentPrincipal } from './current-principal.decorator.js';

const BODY_ERRORS = ['INVALID_KEY', 'INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;

@ApiTags('keys')
@Controller('api/keys')
export class KeysController {
  constructor(@Inject(KeyRing) private readonly ring: KeyRing) {}

  /** All keys that were ever made, the oldest first. */
  @Get()
  @Auth('admin')
  @ApiOperation({
    operationId: 'listKeys',
    summary: 'All keys that were ever made, the oldest first; the configured one is none of them',
  })
  @ApiOkResponse({ type: [KeyDto] })
  all(@CurrentPrincipal() { keyId }: Principal): KeyDto[] {
    return this.ring.all().map((key) => new KeyDto(key, this.ring.lastUsedMs(key.id), keyId));
  }

  /** Makes a key; it counts from the answer on. */
  @Post()
  @Auth('admin')
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({
    operationId: 'createKey',
    summary:
      'Makes a key, which is shown this once. The first one ends the serving of everybody without a key',
  })
  @ApiCreatedResponse({ type: MadeKeyDto })
  @ApiErrors(...BODY_ERRORS, 'TOO_MANY_KEYS', 'KEYS_UNAVAILABLE')
  async create(@Body() wanted: NewKeyDto, @CurrentPrincipal() { keyId }: Principal): Promise<MadeKeyDto> {
    const { key, secret } = await this.ring.create(wanted.toKey());
    return new MadeKeyDto(key, secret, keyId);
  }

  /** Gives a key a new secret. */
  @Post(':id/rotate')
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'rotateKey',
    summary: 'Gives a key a new secret, shown this once; the old one is good for a time yet',
  })
  @ApiOkResponse({ type: MadeKeyDto })
  @ApiErrors(...BODY_ERRORS, 'INVALID_PARAMETER', 'KEY_NOT_FOUND', 'KEY_REVOKED', 'KEYS_UNAVAILABLE')
  async rotate(
    @Param() { id }: KeyParamsDto,
    @Body() { graceSeconds }: RotationDto,
    @CurrentPrincipal() { keyId }: Principal,
  ): Promise<MadeKeyDto> {
    const { key, secret } = await this.ring.rotate(id, Math.round(graceSeconds * 1000));
    return new MadeKeyDto(key, secret, keyId, this.ring.lastUsedMs(id));
  }

  /** Refuses a key from the answer on. */
  @Delete(':id')
  @Auth('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'revokeKey',
    summary: 'Revokes a key: it is refused from the answer on, and streams opened with it end',
  })
  @ApiNoContentResponse()
  @ApiErrors('INVALID_PARAMETER', 'KEY_NOT_FOUND', 'KEYS_UNAVAILABLE')
  async revoke(@Param() { id }: KeyParamsDto): Promise<void> {
    await this.ring.revoke(id);
  }
}
