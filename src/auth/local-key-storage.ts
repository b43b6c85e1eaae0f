import { CallThread, type CallsOf, type FileOptions } from '../common/workers/call-thread.js';
import { KEY_FILE } from './key-file.js';
import { KeyStorage, type MadeKey, type StoredKeys } from './key-storage.js';
import type { Grace, Key, NewKey } from './key.js';

/** What it asks of its thread. */
export type KeyCalls = CallsOf<KeyStorage, 'read' | 'create' | 'rotate' | 'revoke' | 'protect' | 'saveUses'>;

/** Keys in a KeyFile, which a thread of its own has open. */
export class LocalKeyStorage extends KeyStorage {
  readonly label = KEY_FILE;

  private constructor(private readonly thread: CallThread<KeyCalls>) {
    super();
  }

  /** @throws StartError that says why the file cannot be opened */
  static async open(file: string, options: FileOptions): Promise<LocalKeyStorage> {
    const script = new URL('./keys.worker.js', import.meta.url);
    return new LocalKeyStorage(await CallThread.open<KeyCalls>(script, file, options));
  }

  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
  }

  read(knownVersion?: string): Promise<StoredKeys | undefined> {
    return this.thread.call('read', [knownVersion]);
  }

  create(key: NewKey): Promise<MadeKey> {
    return this.thread.call('create', [key]);
  }

  rotate(id: string, grace: Grace): Promise<MadeKey> {
    return this.thread.call('rotate', [id, grace]);
  }

  revoke(id: string): Promise<Key> {
    return this.thread.call('revoke', [id]);
  }

  protect(): Promise<void> {
    return this.thread.call('protect', []);
  }

  saveUses(uses: readonly (readonly [id: string, atMs: number])[]): Promise<void> {
    return this.thread.call('saveUses', [uses]);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
