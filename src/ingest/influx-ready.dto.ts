import { ApiProperty } from '@nestjs/swagger';

/** When this process started, by the clock of the machine at that time. */
const STARTED = new Date(Date.now() - performance.now()).toISOString();

/** The answer of the readiness check, as InfluxDB 2 gives it. Whether the gateway is ready is at /api/health/ready. */
export class InfluxReadyDto {
  @ApiProperty({ type: String, enum: ['ready'] })
  readonly status = 'ready';

  @ApiProperty({ type: String, format: 'date-time' })
  readonly started = STARTED;

  @ApiProperty({ type: String, description: 'A duration as Go writes it', example: '26h3m4.056s' })
  readonly up = formatDuration(performance.now());
}

function formatDuration(duration: number): string {
  const ms = Math.round(duration);
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${((ms - minutes * 60_000) / 1000).toFixed(3)}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
