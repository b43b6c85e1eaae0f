import { VERSION } from '../../common/config/version.js';
import type { ReadingPosition } from '../../model/reading.js';
import { StateFile } from '../state-file.js';
import type { Place } from './place.js';
import type { RefusedGroup } from './refused-readings.js';

/** Up to where the target has the readings of the source. */
export interface CopyProgress {
  /** Readings that were read and written, refused ones included. */
  readonly readings: number;
  /** The last of them; undefined before the first. */
  readonly last?: ReadingPosition & { readonly sensorId: string };
  readonly refused: number;
  readonly refusedGroups: readonly RefusedGroup[];
}

interface Kept {
  readonly version: string;
  readonly from: Place;
  readonly to: Place;
  readonly savedAt: string;
  readonly progress: CopyProgress;
}

/** Keeps how far a migration is, so that the same command goes on after an interruption. It holds no credential. */
export class MigrationState {
  /** When the progress that was found was saved. */
  savedAt = '';
  private readonly state: StateFile;

  /** @param say tells why progress cannot be kept, once */
  constructor(
    private readonly from: Place,
    private readonly to: Place,
    say: (line: string) => void,
  ) {
    this.state = new StateFile('migrations', [from, to], (problem) =>
      say(
        `Progress cannot be saved in ${this.state.folder} (${problem}), so after an interruption the migration starts from the beginning; XDG_STATE_HOME names another folder`,
      ),
    );
  }

  find(): CopyProgress | undefined {
    const kept = this.state.read() as Partial<Kept> | null | undefined;
    if (kept?.version !== VERSION || !isProgress(kept.progress)) return undefined;
    this.savedAt = kept.savedAt ?? '';
    return kept.progress;
  }

  save(progress: CopyProgress, isUrgent = false): void {
    const { from, to } = this;
    const kept: Kept = { version: VERSION, from, to, savedAt: new Date().toISOString(), progress };
    this.state.save(kept, isUrgent);
  }

  remove(): void {
    this.state.remove();
  }
}

function isProgress(progress: Partial<CopyProgress> | undefined): progress is CopyProgress {
  return (
    Number.isSafeInteger(progress?.readings) &&
    Number.isSafeInteger(progress?.refused) &&
    Array.isArray(progress?.refusedGroups)
  );
}
