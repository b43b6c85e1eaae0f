/** The gateway cannot start; the message says why, and what a person can do about it. */
export class StartError extends Error {}
