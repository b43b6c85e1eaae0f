import { EXAMPLE, lines, type Target } from './target.js';

/** Sends one reading. curl repeats it with the same headers, so the key makes it count once. */
export function curl({ url, needsKey }: Target): string {
  const reading = JSON.stringify({ ...EXAMPLE, value: 42.5, latencyMs: 12.3 });
  return lines(
    `curl ${toWord(`${url}/api/ingest`)} --fail-with-body --max-time 10 --retry 5 --retry-connrefused \\`,
    `  -H "Idempotency-Key: $(date +%s)-$RANDOM" -H 'Content-Type: application/json' \\`,
    needsKey ? `  -H "X-API-Key: $KEY" \\` : undefined,
    `  -d '${reading}'`,
  );
}

/** A text as one word of a shell. */
export function toWord(text: string): string {
  return /^[\w:/.~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
