import type { Schemas } from '../api/client.js';

export type NewKey = Schemas['NewKeyDto'];
export type Role = NewKey['role'];

/** What each role is for. */
export const ROLES: Readonly<Record<Role, string>> = {
  admin: 'reads, sends, and changes rules, keys and dead letters',
  reader: 'sees all that this page shows, and changes nothing',
  device: 'sends readings, and reads nothing',
};

/** A key as it is typed. */
export interface KeyDraft {
  readonly name: string;
  readonly role: Role;
  /** One a line. */
  readonly sensors: string;
  readonly zones: string;
  /** As a field for date and time gives it, in the reader's time; '' for never. */
  readonly expires: string;
  readonly readingsPerSecond: string;
  readonly requestsPerSecond: string;
}

/** What the gateway found wrong, by the name of the field. */
export type FieldErrors = Readonly<Record<string, string>>;

export const EMPTY_DRAFT: KeyDraft = {
  name: '',
  role: 'device',
  sensors: '',
  zones: '',
  expires: '',
  readingsPerSecond: '',
  requestsPerSecond: '',
};

/** @returns what is asked of the gateway; only a device is bound to sensors and zones */
export function toNewKey(draft: KeyDraft): NewKey {
  const { name, role, expires, readingsPerSecond, requestsPerSecond } = draft;
  const sensors = role === 'device' ? linesOf(draft.sensors) : [];
  const zones = role === 'device' ? linesOf(draft.zones) : [];
  return {
    name: name.trim(),
    role,
    ...(sensors.length > 0 && { sensors }),
    ...(zones.length > 0 && { zones }),
    ...(expires && { expiresAt: new Date(expires).toISOString() }),
    ...(readingsPerSecond && { readingsPerSecond: Number(readingsPerSecond) }),
    ...(requestsPerSecond && { requestsPerSecond: Number(requestsPerSecond) }),
  };
}

/** The gateway takes a key that has expired already; nobody means that. */
export function isPast(expires: string, nowMs: number): boolean {
  return expires !== '' && Date.parse(expires) <= nowMs;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
