import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { ApiCreateKey, ApiListKeys, ApiRevokeKey, ApiRotateKey } from './api-keys.decorator.js';
import { Auth } from './auth.decorator.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import { KeyDto, KeyParamsDto, MadeKeyDto, NewKeyDto, RotationDto } from './key.dto.js';
import { KeysService } from './keys.service.js';
import { Principal } from './principal.js';

@ApiTags('keys')
@Controller('api/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  /** All keys that were ever made, the oldest first. */
  @Get()
  @Auth('admin')
  @ApiListKeys()
  all(@CurrentPrincipal() principal: Principal): KeyDto[] {
    return this.keys.all(principal);
  }

  /** Makes a key, which is valid as soon as this returns. */
  @Post()
  @Auth('admin')
  @HttpCode(HttpStatus.CREATED)
  @ApiCreateKey()
  create(@Body() key: NewKeyDto, @CurrentPrincipal() principal: Principal): Promise<MadeKeyDto> {
    return this.keys.create(key, principal);
  }

  /** Gives a key a new secret. */
  @Post(':id/rotate')
  @Auth('admin')
  @HttpCode(HttpStatus.OK)
  @ApiRotateKey()
  rotate(
    @Param() { id }: KeyParamsDto,
    @Body() rotation: RotationDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<MadeKeyDto> {
    return this.keys.rotate(id, rotation, principal);
  }

  /** Makes a key invalid before it returns. */
  @Delete(':id')
  @Auth('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiRevokeKey()
  revoke(@Param() { id }: KeyParamsDto): Promise<void> {
    return this.keys.revoke(id);
  }
}
