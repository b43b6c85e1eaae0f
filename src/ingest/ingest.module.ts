import { Module } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { InfluxModule } from '../influx/influx.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { HttpIngestService } from './http-ingest.service.js';
import { Query1Controller } from './influxdb1/query1.controller.js';
import { Write1Controller } from './influxdb1/write1.controller.js';
import { IngestController } from './ingest.controller.js';
import { IngestService } from './ingest.service.js';
import { InfluxProbesController } from './influx-probes.controller.js';
import { LineMapping } from './line-protocol/mapping/line-mapping.js';
import { openMapping } from './line-protocol/mapping/open-mapping.js';
import { UnreadRequests } from './unread-requests.js';
import { WriteController } from './write.controller.js';

@Module({
  imports: [InfluxModule, PipelineModule],
  controllers: [
    IngestController,
    WriteController,
    Write1Controller,
    Query1Controller,
    InfluxProbesController,
  ],
  providers: [
    IngestService,
    HttpIngestService,
    UnreadRequests,
    { provide: LineMapping, inject: [GatewayConfig], useFactory: openMapping },
  ],
  exports: [IngestService, LineMapping],
})
export class IngestModule {}
