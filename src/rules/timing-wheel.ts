/** Times are told apart this finely: nothing is due later than it should be by more. */
const SLOT_MS = 50;

/** Something that becomes due once; its slot is kept here only. */
export interface Due {
  /** Where it waits; Infinity when it does not. */
  dueSlot: number;
}

/**
 * What is due when, as a timing wheel without an end (Varghese and Lauck 1987, "Hashed and hierarchical timing wheels"):
 * each waits in one slot, and putting it off costs nothing until that slot has come.
 */
export class TimingWheel<T extends Due> {
  private readonly slots = new Map<number, T[]>();
  /** All slots before this one are empty. */
  private next = 0;

  /** Makes something due at a time, unless it is due earlier already. */
  add(item: T, dueMs: number): void {
    const slot = Math.ceil(dueMs / SLOT_MS);
    if (slot >= item.dueSlot) return;
    item.dueSlot = slot;
    // The clock may have been set back behind slots that were looked at.
    this.next = Math.min(this.next, slot);
    const items = this.slots.get(slot);
    if (items) items.push(item);
    else this.slots.set(slot, [item]);
  }

  /** Takes out what is due at a time, each once. */
  take(nowMs: number): T[] {
    const now = Math.floor(nowMs / SLOT_MS);
    // After a long time without a look there are fewer slots than times.
    const passed =
      now - this.next > this.slots.size ? [...this.slots.keys()].sort((a, b) => a - b) : undefined;
    const taken: T[] = [];
    for (let i = 0, slot = this.next; passed ? i < passed.length : slot <= now; i += 1, slot += 1) {
      const at = passed?.[i] ?? slot;
      if (at > now) break;
      for (const item of this.slots.get(at) ?? []) {
        // What was brought forward has left an entry behind.
        if (item.dueSlot !== at) continue;
        item.dueSlot = Infinity;
        taken.push(item);
      }
      this.slots.delete(at);
    }
    this.next = Math.max(this.next, now + 1);
    return taken;
  }

  /** Forgets everything. */
  clear(): void {
    for (const items of this.slots.values()) for (const item of items) item.dueSlot = Infinity;
    this.slots.clear();
  }
}
