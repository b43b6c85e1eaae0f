import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { clientNetworkOf } from './client-network.js';

/** How many clients, and connections of one client, are examined to make room for one connection. It bounds the cost. */
const MAX_CANDIDATES = 16;
/** How long a place is reserved for clients that found no room: devices reconnect within this time. */
const RESERVED_MS = 60_000;

interface Connection {
  /** The TLS socket, once there is one. */
  socket: Socket;
  readonly client: Client;
  /** Requests without a complete response. */
  requests: number;
  /** The response to the newest request. */
  response: ServerResponse | undefined;
}

/** All connections of one IPv4 address or IPv6 network. Both sets have the oldest connection first. */
interface Client {
  readonly network: string;
  /** Between two requests, or before the head of the first request is complete. */
  readonly idle: Set<Connection>;
  /** With a request in flight. */
  readonly busy: Set<Connection>;
}

/** Whether a new connection is admitted. */
export interface Admission {
  readonly isAdmitted: boolean;
  /** The client whose connection was closed for it, and how many that client had. */
  readonly evicted?: { readonly network: string; readonly connections: number };
}

/**
 * Shares the connections between clients. At the limit, a new connection replaces one of the client with the most, if that
 * client still has no fewer than the new one afterwards (longest queue drop). It closes an idle connection; else a stream,
 * which its client can resume, or one whose request is incomplete; never one with a complete request.
 */
export class ConnectionLimiter {
  private readonly clients = new Map<string, Client>();
  /** The clients by how many connections they have, and the largest such number. */
  private readonly bySize = new Map<number, Set<Client>>();
  private largest = 0;
  private total = 0;
  private readonly connections = new WeakMap<Socket, Connection>();
  /** Connections before their TLS handshake, by their remote endpoint. */
  private readonly awaitingTls = new Map<string, Connection>();
  private reservedUntilMs = -Infinity;

  constructor(
    private readonly max: number,
    private readonly isTls: boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a new connection, if there is room, or if another connection can be closed for it. */
  admit(socket: Socket): Admission {
    const { remoteAddress } = socket;
    // The client has gone already.
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

  /** An admitted connection has completed its TLS handshake. */
  secured(socket: Socket): void {
    const name = endpointOf(socket);
    const connection = this.awaitingTls.get(name);
    if (!connection) return;
    this.awaitingTls.delete(name);
    connection.socket = socket;
    this.connections.set(socket, connection);
  }

  /** The head of a request is complete: its connection is busy until the response ends. */
  begin(socket: Socket, response: ServerResponse): void {
    const connection = this.connections.get(socket);
    if (!connection) return;
    const { client } = connection;
    connection.requests += 1;
    connection.response = response;
    if (client.idle.delete(connection)) client.busy.add(connection);
    response.once('close', () => {
      connection.requests -= 1;
      if (connection.requests > 0) return;
      connection.response = undefined;
      // The connection may have ended too.
      if (client.busy.delete(connection)) client.idle.add(connection);
    });
  }

  private add(socket: Socket, client: Client): void {
    const connection: Connection = { socket, client, requests: 0, response: undefined };
    this.connections.set(socket, connection);
    this.resize(client, () => client.idle.add(connection));
    const name = endpointOf(socket);
    if (this.isTls) this.awaitingTls.set(name, connection);
    socket.once('close', () => {
      if (this.awaitingTls.get(name) === connection) this.awaitingTls.delete(name);
      this.remove(connection);
    });
  }

  private remove(connection: Connection): void {
    const { client } = connection;
    if (!client.idle.has(connection) && !client.busy.has(connection)) return;
    this.resize(client, () => client.idle.delete(connection) || client.busy.delete(connection));
  }

  private resize(client: Client, change: () => unknown): void {
    const before = sizeOf(client);
    change();
    const after = sizeOf(client);
    this.total += after - before;
    const old = this.bySize.get(before);
    old?.delete(client);
    if (old?.size === 0) this.bySize.delete(before);
    if (after === 0) {
      this.clients.delete(client.network);
    } else {
      this.clients.set(client.network, client);
      const same = this.bySize.get(after) ?? new Set();
      this.bySize.set(after, same.add(client));
    }
    // Sizes change by one, so the largest is now one less unless another client has the same size.
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

  /** A connection that must stay open moves to the end of the set, so that the next search finds others. */
  private findBusyOfLargest(): Connection | undefined {
    const [client] = this.bySize.get(this.largest) ?? [];
    for (const connection of first(client?.busy, MAX_CANDIDATES)) {
      if (isEvictable(connection)) return connection;
      client?.busy.delete(connection);
      client?.busy.add(connection);
    }
    return undefined;
  }
}

function sizeOf({ idle, busy }: Client): number {
  return idle.size + busy.size;
}

/** The remote endpoint; unique among the connections to one port. */
function endpointOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

/** A stream, or a request that is not processed yet. */
function isEvictable({ requests, response }: Connection): boolean {
  if (requests !== 1 || !response) return false;
  return isStream(response) || (!response.req.complete && !response.headersSent);
}

/** Whether a response that has begun goes on until the client disconnects. */
export function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}

function first<T>(items: Iterable<T> = [], count: number): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length === count) break;
    found.push(item);
  }
  return found;
}
