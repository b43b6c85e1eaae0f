import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { AboutDto } from './about.dto.js';

@ApiTags('about')
@Controller()
export class AboutController {
  /** Name, version and where to go from here. */
  @Get()
  @ApiOperation({ summary: 'Name, version and where to go from here' })
  @ApiOkResponse({ type: AboutDto })
  about(): AboutDto {
    return new AboutDto();
  }
}
