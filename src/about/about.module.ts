import { Module } from '@nestjs/common';

import { PipelineModule } from '../pipeline/pipeline.module.js';
import { AboutController } from './about.controller.js';
import { DataSummary } from './data-summary.js';
import { ReachabilityService } from './reachability.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [AboutController],
  providers: [DataSummary, ReachabilityService],
})
export class AboutModule {}
