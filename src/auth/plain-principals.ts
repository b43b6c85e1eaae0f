import type { Binding } from './binding.js';
import type { Key } from './key.js';
import { Principal } from './principal.js';

/** Client networks that are remembered at most. */
const MAX_NETWORKS = 10_000;

/** Senders that no limit counts: one object for all requests of each. */
export class PlainPrincipals {
  /** A key object lives until the keys change. */
  private readonly byKey = new WeakMap<Key, Principal>();
  private readonly byNetwork = new Map<string, Principal>();

  of(key: Key, binding: Binding | undefined): Principal {
    const known = this.byKey.get(key);
    if (known) return known;
    const principal = new Principal(key.id, key.name, key.role, binding, []);
    this.byKey.set(key, principal);
    return principal;
  }

  /** Whoever sends without a key, where none is needed. */
  anybody(clientNetwork: string): Principal {
    const known = this.byNetwork.get(clientNetwork);
    if (known) return known;
    const principal = new Principal(undefined, 'anybody', 'admin', undefined, [], clientNetwork);
    if (this.byNetwork.size >= MAX_NETWORKS) this.byNetwork.clear();
    this.byNetwork.set(clientNetwork, principal);
    return principal;
  }
}
