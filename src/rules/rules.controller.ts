import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import {
  ApiCreateRule,
  ApiDeleteRule,
  ApiGetRule,
  ApiListRules,
  ApiReplaceRule,
  ApiTryRule,
} from './api-rules.decorator.js';
import { RuleParamsDto } from './rule-params.dto.js';
import { RuleTrialService } from './rule-trial.service.js';
import { RuleDto, toResponse } from './rule.dto.js';
import { RulesService } from './rules.service.js';
import { TryRuleDto } from './try-rule.dto.js';

@ApiTags('rules')
@Controller('api/rules')
export class RulesController {
  constructor(
    private readonly rulesService: RulesService,
    private readonly trialService: RuleTrialService,
  ) {}

  @Get()
  @Auth('reader')
  @ApiListRules()
  all(): object[] {
    return this.rulesService.all().map(toResponse);
  }

  @Post()
  @Auth('admin')
  @HttpCode(HttpStatus.CREATED)
  @ApiCreateRule()
  async create(@Body() rule: RuleDto): Promise<object> {
    return toResponse(await this.rulesService.create(rule));
  }

  @Post('try')
  @Auth('reader')
  @HttpCode(HttpStatus.OK)
  @ApiTryRule()
  async try(@Body() trial: TryRuleDto, @ClientGone() gone: AbortSignal): Promise<LogEntryDto[]> {
    return (await this.trialService.try(trial, gone)).map((event) => new LogEntryDto(event));
  }

  @Get(':id')
  @Auth('reader')
  @ApiGetRule()
  one(@Param() { id }: RuleParamsDto): object {
    return toResponse(this.rulesService.get(id));
  }

  @Put(':id')
  @Auth('admin')
  @ApiReplaceRule()
  async replace(@Param() { id }: RuleParamsDto, @Body() rule: RuleDto): Promise<object> {
    return toResponse(await this.rulesService.replace(id, rule));
  }

  @Delete(':id')
  @Auth('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiDeleteRule()
  async delete(@Param() { id }: RuleParamsDto): Promise<void> {
    await this.rulesService.delete(id);
  }
}
