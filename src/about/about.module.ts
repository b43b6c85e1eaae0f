import { Module } from '@nestjs/common';

import { PipelineModule } from '../pipeline/pipeline.module.js';
import { AboutController } from './about.controller.js';
import { DataSummary } from './data-summary.js';

@Module({ imports: [PipelineModule], controllers: [AboutController], providers: [DataSummary] })
export class AboutModule {}
