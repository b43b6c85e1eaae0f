import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { clientNetworkOf } from '../../common/validation/client-network.js';

/** Holders, and connections of each, that are looked at to make room for one connection, so that it costs little. */
const MAX_CANDIDATES = 16;
/** So long a place is kept for those for whom no room could be made: devices come back within it. */
const RESERVED_MS = 60_000;

interface Connection {
  /** That of TLS, once there is one. */
  socket: Socket;
  readonly client: Client;
  /** Those that have no whole answer yet. */
  requests: number;
  /** To the newest request. */
  response: ServerResponse | undefined;
}

/** All connections of one address. In both sets those come first that have been there for longest. */
interface Client {
  readonly network: string;
  /** Between two requests, or before the first has its whole head. */
  readonly idle: Set<Connection>;
  /** With a request that is being read or answered. */
  readonly busy: Set<Connection>;
}

/** What became of a connection that was made. */
export interface Admission {
  readonly isAdmitted: boolean;
  /** Whose connection was ended for it. */
  readonly evicted?: { readonly network: string; readonly connections: number };
}

/**
 * Who holds how many connections. When there are as many as there may be, a new one takes the place of one of the address
 * that holds most, if that still holds no fewer afterwards (known as longest queue drop). An idle connection ends, or else
 * a stream, whose client comes back to where it was, or a request that has not arrived whole; never one that has.
 */
export class ConnectionLimiter {
  private readonly clients = new Map<string, Client>();
  /** The holders by how many connections they have, and how many that are at most. */
  private readonly bySize = new Map<number, Set<Client>>();
  private largest = 0;
  private total = 0;
  private readonly connections = new WeakMap<Socket, Connection>();
  /** Connections that are to become ones of TLS, by where they come from. */
  private readonly awaitingTls = new Map<string, Connection>();
  private reservedUntilMs = -Infinity;

  constructor(
    private readonly max: number,
    private readonly isTls: boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a new connection, if there is room for it or can be made. */
  admit(socket: Socket): Admission {
    const { remoteAddress } = socket;
    // It is gone already.
    if (remoteAddress === undefined) return { isAdmitted: false };
    const network = clientNetworkOf(remoteAddress);
    const known = this.clients.get(network);
    const held = known ? sizeOf(known) : 0;
    const isLess = held + 1 < this.largest;
    const max = !isLess && this.total > 1 && this.now() < this.reservedUntilMs ? this.max - 1 : this.max;
    let evicted: Connection | undefined;
    if (this.total >= max) {
      evicted = isLess ? this.evictFromLargest() : undefined;
      if (!evicted) {
        if (isLess) this.reservedUntilMs = this.now() + RESERVED_MS;
        return { isAdmitted: false };
      }
    }
    if (isLess) this.reservedUntilMs = -Infinity;
    this.add(socket, known ?? { network, idle: new Set(), busy: new Set() });
    if (!evicted) return { isAdmitted: true };
    return {
      isAdmitted: true,
      evicted: { network: evicted.client.network, connections: sizeOf(evicted.client) + 1 },
    };
  }

  /** A connection that was admitted goes on as one of TLS. */
  secured(socket: Socket): void {
    const name = endpointOf(socket);
    const connection = this.awaitingTls.get(name);
    if (!connection) return;
    this.awaitingTls.delete(name);
    connection.socket = socket;
    this.connections.set(socket, connection);
  }

  /** A request has arrived with its whole head; until its answer ends, its connection is not idle. */
  begin(socket: Socket, response: ServerResponse): void {
    const connection = this.connections.get(socket);
    if (!connection) return;
    const { client: holder } = connection;
    connection.requests += 1;
    connection.response = response;
    if (holder.idle.delete(connection)) holder.busy.add(connection);
    response.once('close', () => {
      connection.requests -= 1;
      if (connection.requests > 0) return;
      connection.response = undefined;
      // It may have ended, too.
      if (holder.busy.delete(connection)) holder.idle.add(connection);
    });
  }

  private add(socket: Socket, holder: Client): void {
    const connection: Connection = { socket, client: holder, requests: 0, response: undefined };
    this.connections.set(socket, connection);
    this.resize(holder, () => holder.idle.add(connection));
    const name = endpointOf(socket);
    if (this.isTls) this.awaitingTls.set(name, connection);
    socket.once('close', () => {
      if (this.awaitingTls.get(name) === connection) this.awaitingTls.delete(name);
      this.remove(connection);
    });
  }

  private remove(connection: Connection): void {
    const { client: holder } = connection;
    if (!holder.idle.has(connection) && !holder.busy.has(connection)) return;
    this.resize(holder, () => holder.idle.delete(connection) || holder.busy.delete(connection));
  }

  private resize(holder: Client, change: () => unknown): void {
    const before = sizeOf(holder);
    change();
    const after = sizeOf(holder);
    this.total += after - before;
    const old = this.bySize.get(before);
    old?.delete(holder);
    if (old?.size === 0) this.bySize.delete(before);
    if (after === 0) {
      this.clients.delete(holder.network);
    } else {
      this.clients.set(holder.network, holder);
      const same = this.bySize.get(after) ?? new Set();
      this.bySize.set(after, same.add(holder));
    }
    // It changes by one at a time, so whoever had most has now one less, or there are others.
    if (after > this.largest) this.largest = after;
    else if (before === this.largest && !this.bySize.has(before)) this.largest = after;
  }

  private evictFromLargest(): Connection | undefined {
    const connection = this.findIdleOfLargest() ?? this.findBusyOfLargest();
    if (!connection) return undefined;
    this.remove(connection);
    connection.socket.destroy();
    return connection;
  }

  private findIdleOfLargest(): Connection | undefined {
    for (const { idle } of first(this.bySize.get(this.largest), MAX_CANDIDATES)) {
      const [oldest] = idle;
      if (oldest) return oldest;
    }
    return undefined;
  }

  /** What may not end goes to the end of the line, so that others behind it are found the next time. */
  private findBusyOfLargest(): Connection | undefined {
    const [holder] = this.bySize.get(this.largest) ?? [];
    for (const connection of first(holder?.busy, MAX_CANDIDATES)) {
      if (isEvictable(connection)) return connection;
      holder?.busy.delete(connection);
      holder?.busy.add(connection);
    }
    return undefined;
  }
}

function sizeOf({ idle, busy }: Client): number {
  return idle.size + busy.size;
}

/** Unique among the connections to one port. */
function endpointOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

/** A stream, or a request of which nothing was done yet. */
function isEvictable({ requests, response }: Connection): boolean {
  if (requests !== 1 || !response) return false;
  const isStream = String(response.getHeader('content-type')).startsWith('text/event-stream');
  return isStream || (!response.req.complete && !response.headersSent);
}

function first<T>(items: Iterable<T> = [], count: number): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length === count) break;
    found.push(item);
  }
  return found;
}
