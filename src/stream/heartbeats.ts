import type { Subscription } from './subscription.js';

interface Group {
  readonly timer: NodeJS.Timeout;
  readonly subscriptions: Set<Subscription>;
}

/** Sends each client its heartbeats, with one timer for all clients that want them equally often. */
export class Heartbeats {
  private readonly groups = new Map<number, Group>();

  /** Sends heartbeats to a client from now on, at most `everyMs` milliseconds apart, until it disconnects. */
  add(subscription: Subscription, everyMs: number): void {
    const { timer, subscriptions } = this.groups.get(everyMs) ?? this.begin(everyMs);
    subscriptions.add(subscription);
    subscription.once('close', () => {
      subscriptions.delete(subscription);
      if (subscriptions.size > 0) return;
      clearInterval(timer);
      this.groups.delete(everyMs);
    });
  }

  private begin(everyMs: number): Group {
    const subscriptions = new Set<Subscription>();
    const timer = setInterval(() => {
      for (const subscription of subscriptions) subscription.sendHeartbeat();
    }, everyMs).unref();
    const group = { timer, subscriptions };
    this.groups.set(everyMs, group);
    return group;
  }
}
