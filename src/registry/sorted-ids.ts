/** Identifiers in order. New ones are sorted in at the next read, so a burst of them costs one sort. */
export class SortedIds {
  private ids: string[] = [];
  private added: string[] = [];
  private readonly deleted = new Set<string>();

  add(id: string): void {
    // One that comes back before the next read is still in its place.
    if (!this.deleted.delete(id)) this.added.push(id);
  }

  delete(id: string): void {
    this.deleted.add(id);
  }

  /** All of them, in the order of their UTF-16 code units. */
  all(): readonly string[] {
    if (this.added.length > 0 || this.deleted.size > 0) {
      this.ids = merge(this.ids, this.added.sort()).filter((id) => !this.deleted.has(id));
      this.added = [];
      this.deleted.clear();
    }
    return this.ids;
  }

  /** Those that follow one. */
  after(id: string): readonly string[] {
    const all = this.all();
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((all[middle] ?? '') <= id) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? all : all.slice(low);
  }
}

function merge(a: readonly string[], b: readonly string[]): string[] {
  const merged: string[] = [];
  let next = 0;
  for (const id of b) {
    for (let one = a[next]; one !== undefined && one < id; one = a[(next += 1)]) merged.push(one);
    merged.push(id);
  }
  for (; next < a.length; next += 1) merged.push(a[next] ?? '');
  return merged;
}
