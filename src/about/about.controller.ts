import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiAbout } from './api-about.decorator.js';
import { AboutDto } from './about.dto.js';

@ApiTags('about')
@Controller()
export class AboutController {
  /** Name, version and where to go from here. */
  @Get()
  @Auth('public')
  @ApiAbout()
  about(): AboutDto {
    return new AboutDto();
  }
}
