import { Module } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { AcceptanceClock } from './acceptance-clock.js';
import { HttpIngestService } from './http-ingest.service.js';
import { IngestController } from './ingest.controller.js';
import { IngestService } from './ingest.service.js';
import { InfluxProbesController } from './influx-probes.controller.js';
import { UnreadRequests } from './unread-requests.js';
import { WriteController } from './write.controller.js';
import { systemClock } from './system-clock.js';

@Module({
  imports: [PipelineModule],
  controllers: [IngestController, WriteController, InfluxProbesController],
  providers: [
    IngestService,
    HttpIngestService,
    UnreadRequests,
    {
      provide: AcceptanceClock,
      inject: [DataDir],
      useFactory: (dataDir: DataDir) => AcceptanceClock.open(dataDir.file('clock'), systemClock()),
    },
  ],
})
export class IngestModule {}
