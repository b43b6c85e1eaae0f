// Nest on Fastify with one route and the libraries that the gateway loads: the part of a start that is not the gateway's code.
import 'reflect-metadata';

import '@fastify/compress';
import '@fastify/static';
import { Controller, Get, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { TerminusModule } from '@nestjs/terminus';
import 'class-validator';
import 'pino';
import 'prom-client';

class HealthController {
  health() {
    return { status: 'ok' };
  }
}
const { prototype } = HealthController;
Get('health')(prototype, 'health', Object.getOwnPropertyDescriptor(prototype, 'health'));
Controller('api')(HealthController);

class AppModule {}
Module({ imports: [ConfigModule.forRoot(), TerminusModule], controllers: [HealthController] })(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, new DocumentBuilder().build()));
await app.listen(0, '127.0.0.1');
console.log(`listens on ${await app.getUrl()}`);
process.once('SIGTERM', () => process.exit(0));
