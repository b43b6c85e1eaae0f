import type { KeyStorage, StoredKeys } from '../../src/auth/key-storage.js';
import { hashSecret, type NewKey } from '../../src/auth/key.js';
import { killAfter, type Place } from '../support/place.js';

const DEVICE: NewKey = { name: 'a device', role: 'device', sensors: ['s*'], expiresMs: 4e12 };
const READER: NewKey = { name: 'a reader', role: 'reader' };
const HOUR_MS = 3_600_000;

/** What every KeyStorage does; each implementation runs the same tests. */
export function describeKeyStorage(newPlace: () => Place<KeyStorage>): void {
  let place: Place<KeyStorage>;
  let storage: KeyStorage;
  const opened: KeyStorage[] = [];

  const open = async (): Promise<KeyStorage> => {
    const one = await place.open();
    opened.push(one);
    return one;
  };
  const readOf = async (one: KeyStorage): Promise<StoredKeys> => {
    const keys = await one.read();
    if (!keys) throw new Error('read() without a version returned nothing');
    return keys;
  };
  const reopen = async (): Promise<StoredKeys> => {
    await storage.close();
    storage = await open();
    return readOf(storage);
  };

  beforeEach(async () => {
    place = newPlace();
    storage = await open();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  it('holds nothing at first, and asks for no key', async () => {
    expect(await readOf(storage)).toMatchObject({
      keys: [],
      lost: [],
      isProtected: false,
      wasMissing: false,
    });
    expect(storage.damagedFile).toBeUndefined();
  });

  it('keeps a key as it was wanted, the hash of its secret, and not the secret', async () => {
    const { key, secret } = await storage.create(DEVICE);
    expect(key).toMatchObject({ ...DEVICE, secrets: [{ hash: hashSecret(secret) }] });
    const { keys, isProtected } = await reopen();
    expect(keys).toEqual([{ key, lastUsedMs: undefined }]);
    expect(isProtected).toBe(true);
    expect(JSON.stringify(keys)).not.toContain(secret);
  });

  it('gives each key an id and a secret of its own', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => storage.create(READER)));
    expect(new Set(made.map(({ key }) => key.id)).size).toBe(4);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(4);
  });

  it('adds a secret when a key is rotated, and ends the old one', async () => {
    const { key } = await storage.create(DEVICE);
    const grace = { nowMs: key.createdMs, endsMs: key.createdMs + HOUR_MS };
    const { key: rotated, secret } = await storage.rotate(key.id, grace);
    expect(rotated.secrets).toEqual([
      { hash: hashSecret(secret) },
      { ...key.secrets[0], endsMs: grace.endsMs },
    ]);
    expect((await reopen()).keys.map((one) => one.key)).toEqual([rotated]);
  });

  it('keeps a revoked key, once and for all', async () => {
    const { key } = await storage.create(READER);
    const revoked = await storage.revoke(key.id);
    expect(revoked.revokedMs).toBeGreaterThanOrEqual(key.createdMs);
    expect(await storage.revoke(key.id)).toEqual(revoked);
    const grace = { nowMs: key.createdMs, endsMs: key.createdMs };
    await expect(storage.rotate(key.id, grace)).rejects.toMatchObject({ code: 'KEY_REVOKED' });
    expect((await reopen()).keys.map((one) => one.key)).toEqual([revoked]);
  });

  it('rejects a change of a key that does not exist', async () => {
    await expect(storage.revoke('none')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    const grace = { nowMs: 0, endsMs: 0 };
    await expect(storage.rotate('none', grace)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  });

  it('returns nothing while nothing has changed', async () => {
    const { version } = await readOf(storage);
    expect(await storage.read(version)).toBeUndefined();
    await storage.create(READER);
    const changed = await storage.read(version);
    expect(changed?.keys).toHaveLength(1);
    expect(await storage.read(changed?.version)).toBeUndefined();
  });

  it('sees what another one changes in the same place', async () => {
    const other = await open();
    const { version } = await readOf(storage);
    const { key } = await other.create(READER);
    const seen = await storage.read(version);
    expect(seen?.keys.map((one) => one.key)).toEqual([key]);
    await other.revoke(key.id);
    expect((await storage.read(seen?.version))?.keys[0]?.key.revokedMs).toBeDefined();
  });

  it('loses no change when two change keys at the same time', async () => {
    const other = await open();
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? storage : other).create(READER)));
    expect((await readOf(storage)).keys).toHaveLength(20);
  });

  it('does not undo a revocation by a rotation at the same time', async () => {
    const other = await open();
    for (let round = 0; round < 30; round += 1) {
      const { key } = await storage.create(READER);
      const grace = { nowMs: key.createdMs, endsMs: key.createdMs };
      await Promise.allSettled([storage.rotate(key.id, grace), other.revoke(key.id)]);
    }
    const { keys } = await readOf(storage);
    expect(keys.filter(({ key }) => key.revokedMs === undefined)).toEqual([]);
  });

  it('keeps when keys were last used, and ignores keys that do not exist', async () => {
    const { key } = await storage.create(READER);
    await storage.saveUses([
      [key.id, 1_796_040_000_000],
      ['none', 1],
    ]);
    expect((await reopen()).keys).toEqual([{ key, lastUsedMs: 1_796_040_000_000 }]);
  });

  it('asks for a key from then on, without one', async () => {
    await storage.protect();
    await storage.protect();
    expect(await reopen()).toMatchObject({ keys: [], isProtected: true });
  });

  it('rejects calls once it is closed', async () => {
    await storage.close();
    await storage.close();
    await expect(storage.read()).rejects.toThrow(/shutting down/);
  });

  it('has every key that was made when the process is killed', async () => {
    await storage.close();
    const made = await killAfter(20, 'auth/key-writer.mjs', place.writerArgs);
    storage = await open();
    const { keys, lost } = await readOf(storage);
    expect(keys.length).toBeGreaterThanOrEqual(made);
    expect(lost).toEqual([]);
  });
}
