import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, getSchemaPath } from '@nestjs/swagger';

import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { PageInterceptor } from '../http/pagination/page.interceptor.js';
import { StoredReadingDto } from '../model/stored-reading.dto.js';
import { BucketDto } from './bucket.dto.js';

const ofOneSensor = {
  // An empty array matches both, so oneOf would refuse it.
  anyOf: [StoredReadingDto, BucketDto].map((item) => ({
    type: 'array' as const,
    items: { $ref: getSchemaPath(item) },
  })),
};
const ofSeveral = { type: 'object' as const, additionalProperties: ofOneSensor };

const header = (description: string): object => ({ description, schema: { type: 'string' } });

/** Documents an answer of history: readings or buckets, as JSON, CSV or NDJSON; and adds its Link header. */
export function ApiHistory(operationId: string, summary: string, several = false): MethodDecorator {
  return applyDecorators(
    UseInterceptors(PageInterceptor),
    ApiOperation({ operationId, summary }),
    ApiExtraModels(StoredReadingDto, BucketDto),
    ApiOkResponse({
      description:
        'Readings, or buckets when every or points is given. With Accept: text/csv or application/x-ndjson the answer streams the whole range, or up to limit',
      headers: {
        Link: header('When there is more: the URL of the next page, rel="next"'),
        'Content-Disposition': header('For CSV: attachment, with a file name'),
        Vary: header('Accept'),
      },
      content: {
        'application/json': { schema: several ? ofSeveral : ofOneSensor },
        'text/csv': {
          schema: {
            type: 'string',
            description:
              'RFC 4180 with a header: sensorId,zone,value,latencyMs,timestamp, or sensorId,start,count,min,max,mean,last',
          },
        },
        'application/x-ndjson': {
          schema: { type: 'string', description: 'One JSON object a line, with the fields of the CSV' },
        },
      },
    }),
    ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'STORE_UNAVAILABLE'),
  );
}
