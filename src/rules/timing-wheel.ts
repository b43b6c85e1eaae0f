/** The resolution. An item is due this much too late at most. */
const SLOT_MS = 50;

/** Something that becomes due once. */
export interface TimingWheelItem {
  /** The slot it waits in; Infinity when it does not wait. Only the wheel changes this. */
  slot: number;
}

/**
 * An unbounded timing wheel (Varghese and Lauck 1987, "Hashed and hierarchical timing wheels"). Each item waits in one
 * slot. Postponing it costs nothing until the time of that slot has come.
 */
export class TimingWheel<T extends TimingWheelItem> {
  private readonly slots = new Map<number, T[]>();
  /** All slots before this one are empty. */
  private next = 0;

  /** Makes an item due at a time, unless it is due earlier already. */
  add(item: T, dueMs: number): void {
    const slot = Math.ceil(dueMs / SLOT_MS);
    if (slot >= item.slot) return;
    item.slot = slot;
    // The item may be due already.
    this.next = Math.min(this.next, slot);
    const items = this.slots.get(slot);
    if (items) items.push(item);
    else this.slots.set(slot, [item]);
  }

  /** Takes the items that are due at a time, each once. */
  take(nowMs: number): T[] {
    const now = Math.floor(nowMs / SLOT_MS);
    // After a long pause it is faster to sort the slots there are than to try every time.
    const sorted =
      now - this.next > this.slots.size ? [...this.slots.keys()].sort((a, b) => a - b) : undefined;
    const taken: T[] = [];
    for (let i = 0, slot = this.next; sorted ? i < sorted.length : slot <= now; i += 1, slot += 1) {
      const at = sorted?.[i] ?? slot;
      if (at > now) break;
      for (const item of this.slots.get(at) ?? []) {
        // An item that was brought forward is still listed in its old slot.
        if (item.slot !== at) continue;
        item.slot = Infinity;
        taken.push(item);
      }
      this.slots.delete(at);
    }
    this.next = Math.max(this.next, now + 1);
    return taken;
  }

  /** Removes all items. */
  clear(): void {
    for (const items of this.slots.values()) for (const item of items) item.slot = Infinity;
    this.slots.clear();
  }
}
