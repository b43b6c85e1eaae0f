import { Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { ASSETS } from '../http/dashboard/serve-page.js';
import type { RequiredRole } from './auth.decorator.js';
import { Binding } from './binding.js';
import { clientNetworkOf } from '../common/validation/client-network.js';
import { CHALLENGE, KeyRing, type Credential } from './key-ring.js';
import type { Key } from './key.js';
import { refuseNonLocal } from './local-only.js';
import { OpenResponses } from './open-responses.js';
import { Principal } from './principal.js';
import { Quotas } from './quotas.js';
import { sentKey } from './sent-key.js';
import { TarPit } from './tar-pit.js';
import { WrongKeyLimiter } from './wrong-key-limiter.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends it. */
    principal: Principal;
    /** Set where the answer is to end with the key: the key that it was admitted by, if any was needed. */
    admitted: { readonly by: Credential | undefined } | undefined;
  }
  interface FastifyContextConfig {
    requiredRole?: RequiredRole;
  }
}

/** Files of the page, and the interface's description, which Nest's Swagger module serves: nothing in them is secret. */
const PUBLIC_FILES = [ASSETS, '/api/docs', '/api/openapi.json'];

/** Finds who sends a request, before its body is read, and refuses those who may not use the route. */
@Injectable()
export class AuthHook {
  /** By the keys' own objects, which live until the keys change. */
  private readonly bindings = new WeakMap<Key, Binding>();
  private readonly tarPit = new TarPit();
  private readonly corsOrigins: readonly string[];

  constructor(
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(KeyRing) private readonly ring: KeyRing,
    @Inject(Quotas) private readonly quotas: Quotas,
    @Inject(WrongKeyLimiter) private readonly wrongKeyLimiter: WrongKeyLimiter,
    @Inject(OpenResponses) private readonly openResponses: OpenResponses,
  ) {
    this.corsOrigins = config.server.corsOrigins;
  }

  /** Stands before every route of the server. */
  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('principal');
    fastify.decorateRequest('admitted');
    fastify.addHook('onRequest', (request, _reply, done) => {
      try {
        this.admit(request);
        done();
      } catch (error) {
        // Whoever goes on trying keys waits.
        if (error instanceof GatewayError && error.code === 'TOO_MANY_WRONG_KEYS')
          this.tarPit.delay(request.raw.socket, () => {
            done(error);
          });
        else done(error as Error);
      }
    });
    fastify.addHook('preClose', (done) => {
      this.tarPit.releaseAll();
      done();
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      // Only what is read goes on: the answer that shows a new key, once, may be a stream, too, when it is compressed.
      if (request.method === 'GET' && request.admitted && payload instanceof Readable)
        this.openResponses.add(reply.raw, request.admitted.by);
      const quotas = (request.principal as Principal | undefined)?.quotas ?? [];
      if (quotas.length > 0) {
        void reply.header('RateLimit-Policy', quotas.map(({ policy }) => policy).join(', '));
        void reply.header('RateLimit', quotas.map(({ state }) => state).join(', '));
      }
      done();
    });
  }

  /** @throws GatewayError when the request is not for its sender to make */
  private admit(request: FastifyRequest): void {
    const access = requiredRoleOf(request);
    if (!this.ring.isProtected) {
      if (this.config.auth.mode !== 'off') refuseNonLocal(request, this.corsOrigins, isProbe(request));
      request.principal = new Principal(
        undefined,
        'anybody',
        'admin',
        undefined,
        this.quotasOf(request, access),
        clientNetworkOf(request.ip),
      );
      if (access === 'public') return;
      request.principal.takeRequest();
      request.admitted = { by: undefined };
      return;
    }
    const opened = access === 'public' ? this.tryFindKey(request) : this.findKey(request);
    if (!opened) {
      request.principal = NOBODY;
      return;
    }
    const { id, name, role } = opened.key;
    const quotas = this.quotasOf(request, access, opened.key);
    request.principal = new Principal(id, name, role, this.bindingOf(opened.key), quotas);
    if (access === 'public') return;
    if (role !== 'admin' && role !== access) throw notAllowed(opened.key, access);
    request.principal.takeRequest();
    request.admitted = { by: opened };
  }

  private findKey(request: FastifyRequest): Credential {
    const text = sentKey(request.headers);
    if (text === undefined) {
      const how = 'send one as Authorization: Bearer KEY, Authorization: Token KEY or X-API-Key: KEY';
      throw new GatewayError('KEY_REQUIRED', `This needs a key; ${how}`, { headers: CHALLENGE });
    }
    try {
      return this.ring.find(text);
    } catch (error) {
      throw this.wrongKeyLimiter.count(clientNetworkOf(request.ip)) ?? error;
    }
  }

  /** A probe that bears an old key is answered all the same. */
  private tryFindKey(request: FastifyRequest): Credential | undefined {
    const text = sentKey(request.headers);
    if (text === undefined) return undefined;
    try {
      return this.ring.find(text);
    } catch {
      // Its answer tells an admin's key from others, so whoever tries keys here is told of, too.
      this.wrongKeyLimiter.count(clientNetworkOf(request.ip));
      return undefined;
    }
  }

  private quotasOf(request: FastifyRequest, access: RequiredRole, key?: Key): Principal['quotas'] {
    return access === 'public' ? [] : this.quotas.of(key, clientNetworkOf(request.ip));
  }

  private bindingOf(key: Key): Binding | undefined {
    if (!key.sensors && !key.zones) return undefined;
    const binding = this.bindings.get(key) ?? new Binding(key);
    this.bindings.set(key, binding);
    return binding;
  }
}

/** Whoever uses a public route without a key. */
const NOBODY = new Principal(undefined, 'nobody', 'device', undefined, []);

function requiredRoleOf({ routeOptions: { config, url = '' } }: FastifyRequest): RequiredRole {
  if (PUBLIC_FILES.some((route) => url.startsWith(route))) return 'public';
  return config.requiredRole ?? 'admin';
}

/** Whether it is public because of what it is, and no file. */
function isProbe({ routeOptions: { config } }: FastifyRequest): boolean {
  return config.requiredRole === 'public';
}

function notAllowed({ id, name, role }: Key, access: RequiredRole): GatewayError {
  const detail = `This needs a key of role ${access === 'admin' ? 'admin' : `${access} or admin`}; ${id} (${name}) is a ${role}'s`;
  return new GatewayError('ROLE_NOT_ALLOWED', detail);
}
