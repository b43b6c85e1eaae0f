import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { AboutDto } from './about.dto.js';

@ApiTags('about')
@Controller()
export class AboutController {
  /** Name, version and where to go from here. */
  @Get()
  @Auth('public')
  @ApiOperation({ operationId: 'getAbout', summary: 'Name, version and where to go from here' })
  @ApiOkResponse({ type: AboutDto })
  about(): AboutDto {
    return new AboutDto();
  }
}
