/** The gateway cannot start; the message says why, and what to do about it. */
export class StartError extends Error {}
