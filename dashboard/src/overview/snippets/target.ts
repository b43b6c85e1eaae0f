/** Where a snippet sends its readings. */
export interface Target {
  /** The gateway's URL, without a slash at its end. */
  readonly url: string;
  /** Whether the gateway asks for a key. The snippets have a placeholder for it. */
  readonly needsKey: boolean;
}

/** The reading that all snippets send, without its value. */
export const EXAMPLE = { sensorId: 'pump_1', zone: 'hall_1' } as const;

/** A text in double quotes, as C++ and Python write it. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** The lines of a program, without those that are undefined. */
export function lines(...all: readonly (string | undefined)[]): string {
  return all.filter((line) => line !== undefined).join('\n');
}
