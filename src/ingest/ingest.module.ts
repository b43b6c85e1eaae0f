import { Module } from '@nestjs/common';

import { PipelineModule } from '../pipeline/pipeline.module.js';
import { HttpIngestService } from './http-ingest.service.js';
import { IngestController } from './ingest.controller.js';
import { IngestService } from './ingest.service.js';
import { InfluxProbesController } from './influx-probes.controller.js';
import { UnreadRequests } from './unread-requests.js';
import { WriteController } from './write.controller.js';

@Module({
  imports: [PipelineModule],
  controllers: [IngestController, WriteController, InfluxProbesController],
  providers: [IngestService, HttpIngestService, UnreadRequests],
})
export class IngestModule {}
