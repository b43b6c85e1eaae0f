import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { NAME, VERSION } from '../config/version.js';
import { closeObjects } from './close-objects.js';
import { completeOperations } from './complete-operations.js';
import { namedSchemas } from './named-schema.js';

const DESCRIPTION = `Sensors send readings, dashboards read them.

All errors have the same shape, and docs/errors.md lists the codes; routes below /api/v2, /write and /query answer in InfluxDB's shapes instead.
A method that a path does not support is answered 405, with the supported ones in \`Allow\`; an unknown path is answered 404.`;

/** The groups of routes, in the order in which the page shows them: what a newcomer needs comes first. */
const TAGS: Readonly<Record<string, string>> = {
  ingest: 'Send readings',
  readings: 'The newest reading of each sensor, and history',
  stream: 'Readings and events as they arrive',
  sensors: 'Which sensors there are',
  rules: 'When to record an event',
  logs: 'The system log',
  pipeline: 'What becomes of accepted readings',
  keys: 'Who may do what',
  influxdb: 'For programs that write to InfluxDB',
  operation: 'Backups',
  health: 'Probes',
  metrics: 'For Prometheus',
  about: 'Where the gateway is',
};

/**
 * Serves the API description as JSON and as a page.
 * @param serverOf returns where the gateway is for the client of a request; undefined for where it asked
 */
export function describeInterface(
  app: NestFastifyApplication,
  serverOf: (request: FastifyRequest) => string | undefined,
): void {
  SwaggerModule.setup('api/docs', app, () => describe(app), {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    patchDocumentOnRequest: (request, _response, document) => {
      const url = serverOf(request as FastifyRequest);
      return url === undefined ? document : { ...document, servers: [{ url }] };
    },
    customSiteTitle: `${NAME} API`,
  });
}

function describe(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder();
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const info = builder
    .setTitle('PredictionX gateway')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Also as Authorization: Token KEY' })
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'The password is the key' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api-key')
    .build();
  const document = SwaggerModule.createDocument(app, info, { operationIdFactory: nameOperation });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...namedSchemas() },
  };
  completeOperations(document);
  closeObjects(document);
  return document;
}

/** The default operationId: KeysController.create becomes keysCreate. */
function nameOperation(controller: string, method: string): string {
  const subject = controller.replace(/Controller$/, '');
  return `${subject.charAt(0).toLowerCase()}${subject.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}
