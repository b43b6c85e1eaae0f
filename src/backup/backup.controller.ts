import { Controller, HttpCode, HttpStatus, Post, Res, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Auth } from '../auth/auth.decorator.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import { Principal } from '../auth/principal.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import { ApiBackup } from './api-backup.decorator.js';
import { BackupService } from './backup.service.js';

@ApiTags('operation')
@Controller('api/backup')
export class BackupController {
  constructor(private readonly backupService: BackupService) {}

  /** Streams a backup of everything that the gateway keeps. */
  @Post()
  @Auth('admin', { endsWithKey: true })
  @HttpCode(HttpStatus.OK)
  @ApiBackup()
  make(
    @CurrentPrincipal() principal: Principal,
    @ClientGone() clientGone: AbortSignal,
    @Res({ passthrough: true }) { raw }: FastifyReply,
  ): Promise<StreamableFile> {
    return this.backupService.start(principal, clientGone, () => raw.writableFinished);
  }
}
