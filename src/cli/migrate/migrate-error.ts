/** A migration cannot be done; the message says why, and what to do. */
export class MigrateError extends Error {}
