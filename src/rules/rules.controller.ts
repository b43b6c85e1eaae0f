import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Put,
} from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { LogEntryDto } from '../model/log-entry.dto.js';
import { ApiRule, ApiRuleBody, ApiRules } from './api-rule.decorator.js';
import { ClientGone } from '../http/server/client-gone.decorator.js';
import { RuleParamsDto } from './rule-params.dto.js';
import { RuleDto, toAnswer } from './rule.dto.js';
import { RulesService } from './rules.service.js';
import { TryRuleDto } from './try-rule.dto.js';
import { TryService } from './rule-trial.service.js';

const BODY_ERRORS = ['INVALID_RULE', 'INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;
const CHANGE_ERRORS = ['JOURNAL_UNAVAILABLE', 'TOO_BUSY'] as const;

@ApiTags('rules')
@Controller('api/rules')
export class RulesController {
  constructor(
    @Inject(RulesService) private readonly rulesService: RulesService,
    @Inject(TryService) private readonly tryService: TryService,
  ) {}

  /** All rules, ordered by name. */
  @Get()
  @Auth('reader')
  @ApiOperation({ operationId: 'listRules', summary: 'All rules, ordered by name' })
  @ApiRules()
  all(): object[] {
    return this.rulesService.all().map(toAnswer);
  }

  /** Makes a rule; what is accepted from now on is judged by it. */
  @Post()
  @Auth('admin')
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({
    operationId: 'createRule',
    summary: 'Makes a rule; what is accepted from the answer on is judged by it',
  })
  @ApiRuleBody({ isNew: true })
  @ApiRule('created')
  @ApiErrors(...BODY_ERRORS, 'TOO_MANY_RULES', ...CHANGE_ERRORS)
  async create(@Body() rule: RuleDto): Promise<object> {
    return toAnswer(await this.rulesService.create(rule));
  }

  /** The events that a rule would have made of a part of a sensor's history, oldest first. Nothing is kept. */
  @Post('try')
  @Auth('reader')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'tryRule',
    summary: "The events a rule would have made of a sensor's history, oldest first",
  })
  @ApiBody({
    type: TryRuleDto,
    examples: {
      above: { value: { rule: { kind: 'above', threshold: 80 }, sensorId: 'sensor_001', from: '-7d' } },
    },
  })
  @ApiOkResponse({ type: [LogEntryDto] })
  @ApiErrors(...BODY_ERRORS, 'INVALID_PARAMETER', 'STORE_UNAVAILABLE', 'TOO_BUSY')
  async try(@Body() trial: TryRuleDto, @ClientGone() gone: AbortSignal): Promise<LogEntryDto[]> {
    return (await this.tryService.try(trial, gone)).map((event) => new LogEntryDto(event));
  }

  @Get(':id')
  @Auth('reader')
  @ApiOperation({ operationId: 'getRule', summary: 'One rule' })
  @ApiRule()
  @ApiErrors('INVALID_PARAMETER', 'RULE_NOT_FOUND')
  one(@Param() { id }: RuleParamsDto): object {
    return toAnswer(this.rulesService.get(id));
  }

  /** Puts another rule in the place of one; unless only its name is new, it begins anew with every sensor. */
  @Put(':id')
  @Auth('admin')
  @ApiOperation({
    operationId: 'replaceRule',
    summary: 'Replaces a rule; unless only its name is new, it begins anew with every sensor',
  })
  @ApiRuleBody()
  @ApiRule()
  @ApiErrors(...BODY_ERRORS, 'INVALID_PARAMETER', 'RULE_NOT_FOUND', ...CHANGE_ERRORS)
  async replace(@Param() { id }: RuleParamsDto, @Body() rule: RuleDto): Promise<object> {
    return toAnswer(await this.rulesService.replace(id, rule));
  }

  @Delete(':id')
  @Auth('admin')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'deleteRule',
    summary: 'Deletes a rule; the events that it made stay in the system log',
  })
  @ApiNoContentResponse()
  @ApiErrors('INVALID_PARAMETER', 'RULE_NOT_FOUND', ...CHANGE_ERRORS)
  async delete(@Param() { id }: RuleParamsDto): Promise<void> {
    await this.rulesService.delete(id);
  }
}
