import type { Ownership } from '../../src/data-dir/ownership.js';
import { killAfter, type Place } from '../support/place.js';

/** What every Ownership does; each implementation runs the same tests. */
export function describeOwnership(newPlace: () => Place<Ownership>): void {
  let place: Place<Ownership>;

  beforeEach(() => {
    place = newPlace();
  });

  it('belongs to one at a time', async () => {
    const one = await place.open();
    await expect(place.open()).rejects.toThrow(/in use by another gateway/);
    one.release();
    const other = await place.open();
    await expect(place.open()).rejects.toThrow(/in use by another gateway/);
    other.release();
  });

  it('is not taken from another one by a second release', async () => {
    const one = await place.open();
    one.release();
    const other = await place.open();
    one.release();
    await expect(place.open()).rejects.toThrow(/in use by another gateway/);
    other.release();
  });

  it('belongs to nobody else while its process lives, and to another one when that is killed', async () => {
    await killAfter(1, 'data-dir/owner.mjs', place.writerArgs, async () => {
      await expect(place.open()).rejects.toThrow(/in use by another gateway/);
    });
    const other = await place.open();
    other.release();
  });
}
