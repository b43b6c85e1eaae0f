import { Readable } from 'node:stream';

import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { ASSETS } from '../http/dashboard/serve-page.js';
import type { RequestChain, RouteConfig, TakeOver } from '../http/hooks/request-chain.js';
import type { RequiredRole } from './auth.decorator.js';
import { Binding } from './binding.js';
import { clientNetworkOf } from '../http/server/client-network.js';
import { isForeignPage } from '../http/server/web-page-origin.js';
import { CHALLENGE, KeyRing, type Credential } from './key-ring.js';
import type { Key, Role } from './key.js';
import { isLocalHost, refuseNonLocal } from './local-only.js';
import { OpenResponses } from './open-responses.js';
import { PlainPrincipals } from './plain-principals.js';
import { Principal } from './principal.js';
import { QuotaFactory } from './quota-factory.js';
import { sentKey } from './sent-key.js';
import { TarPit } from './tar-pit.js';
import { WrongKeyLimiter } from './wrong-key-limiter.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request. */
    principal: Principal;
    /** Set when the response must end together with the key: the credential of the request, if it needed one. */
    admitted: { readonly by: Credential | undefined } | undefined;
  }
  interface FastifyContextConfig {
    requiredRole?: RequiredRole;
    takesBasic?: boolean;
    endsWithKey?: boolean;
  }
}

/** The dashboard's files and the API description, which Nest's Swagger module serves: nothing in them is secret. */
const PUBLIC_FILES = [ASSETS, '/api/docs', '/api/openapi.json'];

const HOW = 'send one as Authorization: Bearer KEY, Authorization: Token KEY or X-API-Key: KEY';
const HOW_WITH_BASIC =
  'send one as the password of Authorization: Basic, as Authorization: Token KEY or as Authorization: Bearer KEY. ' +
  'The parameters u and p are ignored, because URLs end up in logs';

/** Finds out who sent a request, before its body is read, and refuses senders that may not use the route. */
@Injectable()
export class AuthHook {
  /** Cached for each key object, which lives until the keys change. */
  private readonly bindings = new WeakMap<Key, Binding>();
  private readonly plain = new PlainPrincipals();
  private readonly tarPit = new TarPit();
  private readonly corsOrigins: readonly string[];

  constructor(
    private readonly config: GatewayConfig,
    private readonly ring: KeyRing,
    private readonly quotaFactory: QuotaFactory,
    private readonly wrongKeyLimiter: WrongKeyLimiter,
    private readonly openResponses: OpenResponses,
  ) {
    this.corsOrigins = config.server.corsOrigins;
  }

  /** Adds the steps, which run for every route. */
  register(fastify: FastifyInstance, chain: RequestChain): void {
    fastify.decorateRequest('principal');
    fastify.decorateRequest('admitted');
    chain.onRequest((request, _reply, route) => this.admitOrDelay(request, route));
    fastify.addHook('preClose', (done) => {
      this.tarPit.releaseAll();
      done();
    });
    chain.onSend(({ method, admitted, principal }, reply, payload, { endsWithKey }) => {
      // Not every POST: the response that shows a new key once may be a stream too, when it is compressed.
      if (admitted && payload instanceof Readable && (method === 'GET' || endsWithKey))
        this.openResponses.add(reply.raw, admitted.by);
      const quotas = (principal as Principal | undefined)?.quotas ?? [];
      if (quotas.length > 0) {
        void reply.header('RateLimit-Policy', quotas.map(({ policyHeader }) => policyHeader).join(', '));
        void reply.header('RateLimit', quotas.map(({ stateHeader }) => stateHeader).join(', '));
      }
    });
  }

  /** @throws GatewayError when the sender may not make the request, at once */
  private admitOrDelay(request: FastifyRequest, route: RouteConfig): TakeOver | undefined {
    try {
      this.admit(request, route);
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'TOO_MANY_WRONG_KEYS') throw error;
      // A client that keeps trying keys has to wait.
      return (done) => {
        this.tarPit.delay(request.raw.socket, () => {
          done(error);
        });
      };
    }
  }

  /**
   * Admits a request over HTTP/1.1 that comes from no browser and no proxy, to a route for a role.
   * @param secret the key that it sends
   * @returns the same object for all requests of a sender; undefined when the hooks have to admit it: it may have to be
   *   refused, or counted for a limit
   */
  admitPlain(
    secret: string | undefined,
    host: string,
    clientNetwork: string,
    role: Role,
  ): Principal | undefined {
    if (!this.ring.isProtected) {
      const isAllowed = this.config.auth.mode === 'off' || isLocalHost(host);
      return isAllowed && !this.quotaFactory.hasLimits(undefined)
        ? this.plain.anybody(clientNetwork)
        : undefined;
    }
    const found = secret === undefined ? undefined : this.ring.tryFind(secret);
    if (found === undefined || typeof found === 'string') return undefined;
    const { key } = found;
    const isAllowed = key.role === 'admin' || key.role === role;
    return isAllowed && !this.quotaFactory.hasLimits(key)
      ? this.plain.of(key, this.bindingOf(key))
      : undefined;
  }

  /** @throws GatewayError when the sender may not make the request */
  private admit(request: FastifyRequest, route: RouteConfig): void {
    const requiredRole = requiredRoleOf(route);
    if (!this.ring.isProtected) {
      if (this.config.auth.mode !== 'off') refuseNonLocal(request, this.corsOrigins, isProbe(route));
      request.principal = new Principal(
        undefined,
        'anybody',
        'admin',
        undefined,
        this.quotasOf(request, requiredRole),
        clientNetworkOf(request.ip),
      );
      if (requiredRole === 'public') return;
      request.principal.takeRequest();
      request.admitted = { by: undefined };
      return;
    }
    const credential = requiredRole === 'public' ? this.tryFindKey(request) : this.findKey(request, route);
    if (!credential) {
      request.principal = NOBODY;
      return;
    }
    const { id, name, role } = credential.key;
    const quotas = this.quotasOf(request, requiredRole, credential.key);
    request.principal = new Principal(id, name, role, this.bindingOf(credential.key), quotas);
    if (requiredRole === 'public') return;
    if (role !== 'admin' && role !== requiredRole) throw notAllowed(credential.key, requiredRole);
    request.principal.takeRequest();
    request.admitted = { by: credential };
  }

  private findKey(request: FastifyRequest, { takesBasic = false }: RouteConfig): Credential {
    // A browser adds the password that it keeps to what any page sends.
    const isTyped = takesBasic && !isForeignPage(request, this.corsOrigins);
    const secret = sentKey(request.headers, isTyped);
    if (secret === undefined) {
      const how = takesBasic ? HOW_WITH_BASIC : HOW;
      throw new GatewayError('KEY_REQUIRED', `This route needs a key; ${how}`, { headers: CHALLENGE });
    }
    try {
      return this.ring.find(secret);
    } catch (error) {
      throw this.wrongKeyLimiter.count(clientNetworkOf(request.ip)) ?? error;
    }
  }

  /** Ignores an invalid key: a probe that still sends an old key is answered like one without a key. */
  private tryFindKey(request: FastifyRequest): Credential | undefined {
    const secret = sentKey(request.headers);
    if (secret === undefined) return undefined;
    try {
      return this.ring.find(secret);
    } catch {
      // The answer differs for an admin's key, so keys that are tried here count too.
      this.wrongKeyLimiter.count(clientNetworkOf(request.ip));
      return undefined;
    }
  }

  private quotasOf(request: FastifyRequest, requiredRole: RequiredRole, key?: Key): Principal['quotas'] {
    return requiredRole === 'public' ? [] : this.quotaFactory.of(key, clientNetworkOf(request.ip));
  }

  private bindingOf(key: Key): Binding | undefined {
    if (!key.sensors && !key.zones) return undefined;
    const binding = this.bindings.get(key) ?? new Binding(key);
    this.bindings.set(key, binding);
    return binding;
  }
}

/** The sender of a request to a public route without a key. */
const NOBODY = new Principal(undefined, 'nobody', 'device', undefined, []);

function requiredRoleOf({ requiredRole, url = '' }: RouteConfig): RequiredRole {
  if (requiredRole) return requiredRole;
  return PUBLIC_FILES.some((route) => url.startsWith(route)) ? 'public' : 'admin';
}

/** Whether the route itself is public, and not one of the public files. */
function isProbe({ requiredRole }: RouteConfig): boolean {
  return requiredRole === 'public';
}

function notAllowed({ id, name, role }: Key, requiredRole: RequiredRole): GatewayError {
  const detail = `This route needs a key of role ${requiredRole === 'admin' ? 'admin' : `${requiredRole} or admin`}; ${id} (${name}) has the role ${role}`;
  return new GatewayError('ROLE_NOT_ALLOWED', detail);
}
