import { Module } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { InfluxModule } from '../influx/influx.module.js';
import { AcceptanceClock } from './acceptance-clock.js';
import { IngestController } from './ingest.controller.js';
import { IngestService } from './ingest.service.js';
import { systemClock } from './system-clock.js';

@Module({
  imports: [InfluxModule],
  controllers: [IngestController],
  providers: [
    IngestService,
    {
      provide: AcceptanceClock,
      inject: [DataDir],
      useFactory: (dataDir: DataDir) => AcceptanceClock.open(dataDir.file('clock'), systemClock()),
    },
  ],
})
export class IngestModule {}
