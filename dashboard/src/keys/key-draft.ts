import type { Schemas } from '../api/schemas.js';

export type NewKey = Schemas['NewKeyDto'];
export type Role = NewKey['role'];

/** What each role is for. */
export const ROLES: Readonly<Record<Role, string>> = {
  admin: 'views and sends data, and changes rules, keys and dead letters',
  reader: 'views data and rules, and changes nothing',
  device: 'sends readings, and views nothing',
};

/** A key in the form. */
export interface KeyDraft {
  readonly name: string;
  readonly role: Role;
  /** One per line. */
  readonly sensors: string;
  readonly zones: string;
  /** The value of a datetime-local input, in the user's time zone; '' for never. */
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

/** @returns the body of the request; only device keys are bound to sensors and zones */
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

/** The gateway accepts an expiry in the past, but nobody wants that. */
export function isPast(expires: string, nowMs: number): boolean {
  return expires !== '' && Date.parse(expires) <= nowMs;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
