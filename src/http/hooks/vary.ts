import type { FastifyReply } from 'fastify';

/** Tells caches that the answer depends on this header of the request, too. */
export function addVary(reply: FastifyReply, name: string): void {
  const others = reply.getHeader('Vary');
  void reply.header('Vary', others === undefined ? name : `${String(others)}, ${name}`);
}
