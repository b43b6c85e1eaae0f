import { CallThread, type CallsOf, type FileOptions } from '../../common/workers/call-thread.js';
import type { Leap } from '../../clock/leap.js';
import type { Counters } from '../../journal/checkpoint.js';
import type { RememberedAnswer } from '../../journal/entry.js';
import type { Position } from '../../journal/journal-entry.js';
import type { DeletionResult } from '../../model/deletion.js';
import type { DeadLetter, Point } from '../../model/dead-letter.js';
import type { StorePlace } from '../../influx/store-place.js';
import type { ForgottenSensor, RestoredSensor } from '../../registry/sensor.js';
import {
  Ledger,
  type KnownStore,
  type LedgerStart,
  type SavedSensors,
  type SensorBytes,
  type SettledStore,
  type Step,
  type Stepped,
} from './ledger.js';

/** What it asks of its thread. */
export type LedgerCalls = CallsOf<Ledger, Exclude<keyof Ledger, 'start' | 'damagedFile' | 'close'>> & {
  start(): LedgerStart;
};

/** A ledger in state.db, which a thread of its own has open. */
export class LocalLedger extends Ledger {
  private constructor(
    private readonly thread: CallThread<LedgerCalls>,
    readonly start: LedgerStart,
  ) {
    super();
  }

  /**
   * @param file the SQLite file, made when it is missing
   * @throws StartError saying why the file cannot be opened
   * @throws CallError when it cannot be read
   */
  static async open(file: string, options: FileOptions): Promise<LocalLedger> {
    const script = new URL('./ledger.worker.js', import.meta.url);
    const thread = await CallThread.open<LedgerCalls>(script, file, options);
    try {
      return new LocalLedger(thread, await thread.call('start', []));
    } catch (error) {
      await thread.close();
      throw error;
    }
  }

  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
  }

  adopt(releasedSeq: number, counters: Counters): Promise<void> {
    return this.thread.call('adopt', [releasedSeq, counters]);
  }

  renew(lastSeq: number): Promise<string> {
    return this.thread.call('renew', [lastSeq]);
  }

  step(step: Step): Promise<Stepped> {
    return this.thread.call('step', [step]);
  }

  sensors(afterSensorId: string, limit: number): Promise<RestoredSensor[]> {
    return this.thread.call('sensors', [afterSensorId, limit]);
  }

  saveSensors(sensors: SavedSensors): Promise<void> {
    return this.thread.call('saveSensors', [sensors]);
  }

  latestLoaded(sensors: SavedSensors): Promise<void> {
    return this.thread.call('latestLoaded', [sensors]);
  }

  store(): Promise<KnownStore | undefined> {
    return this.thread.call('store', []);
  }

  settleStore(place: StorePlace, bucketId: string | undefined): Promise<SettledStore> {
    return this.thread.call('settleStore', [place, bucketId]);
  }

  learnBucketId(bucketId: string): Promise<void> {
    return this.thread.call('learnBucketId', [bucketId]);
  }

  toldOfStore(id: number): Promise<void> {
    return this.thread.call('toldOfStore', [id]);
  }

  reloadLatest(): Promise<void> {
    return this.thread.call('reloadLatest', []);
  }

  forget(forgotten: ForgottenSensor): Promise<void> {
    return this.thread.call('forget', [forgotten]);
  }

  remember(answers: readonly RememberedAnswer[], nowUs: number): Promise<void> {
    return this.thread.call('remember', [answers, nowUs]);
  }

  recall(key: string): Promise<RememberedAnswer | undefined> {
    return this.thread.call('recall', [key]);
  }

  remembered(keys: readonly string[]): Promise<Omit<RememberedAnswer, 'answer'>[]> {
    return this.thread.call('remembered', [keys]);
  }

  moveExpiry(leap: Leap | undefined, latestUs: number): Promise<void> {
    return this.thread.call('moveExpiry', [leap, latestUs]);
  }

  rememberedBytes(withoutKeys: readonly string[]): Promise<[holder: string, bytes: number][]> {
    return this.thread.call('rememberedBytes', [withoutKeys]);
  }

  forgetExpired(nowUs: number, withoutKeys: readonly string[]): Promise<[holder: string, bytes: number][]> {
    return this.thread.call('forgetExpired', [nowUs, withoutKeys]);
  }

  deadLetters(afterId: number, limit: number): Promise<DeadLetter[]> {
    return this.thread.call('deadLetters', [afterId, limit]);
  }

  deadLetterIds(afterId: number, limit: number): Promise<number[]> {
    return this.thread.call('deadLetterIds', [afterId, limit]);
  }

  deadLettersOf(ids: readonly number[]): Promise<DeadLetter[]> {
    return this.thread.call('deadLettersOf', [ids]);
  }

  deadLettersByPoint(after: Point | undefined, limit: number): Promise<DeadLetter[]> {
    return this.thread.call('deadLettersByPoint', [after, limit]);
  }

  existingDeadLetters(ids: readonly number[]): Promise<number[]> {
    return this.thread.call('existingDeadLetters', [ids]);
  }

  hasNewerDeadLetter(points: readonly (Point & { readonly id: number })[]): Promise<boolean[]> {
    return this.thread.call('hasNewerDeadLetter', [points]);
  }

  deadLetterBytes(afterSensorId: string, limit: number): Promise<SensorBytes[]> {
    return this.thread.call('deadLetterBytes', [afterSensorId, limit]);
  }

  lastDeadLetterId(): Promise<number> {
    return this.thread.call('lastDeadLetterId', []);
  }

  reserveDeadLetterIds(upTo: number): Promise<void> {
    return this.thread.call('reserveDeadLetterIds', [upTo]);
  }

  deleteDeadLetter(id: number): Promise<SensorBytes | undefined> {
    return this.thread.call('deleteDeadLetter', [id]);
  }

  keepCount(position: Position, readings: number | null): Promise<void> {
    return this.thread.call('keepCount', [position, readings]);
  }

  keptCount(position: Position): Promise<number | null | undefined> {
    return this.thread.call('keptCount', [position]);
  }

  unrecordedDeletions(): Promise<DeletionResult[]> {
    return this.thread.call('unrecordedDeletions', []);
  }

  recordedDeletion(id: string): Promise<void> {
    return this.thread.call('recordedDeletion', [id]);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
