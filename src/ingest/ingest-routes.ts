/** The routes that take readings, as the router knows them. */
export const INGEST_ROUTES: readonly string[] = [
  '/api/ingest',
  '/api/ingest/batch',
  '/api/v2/write',
  '/write',
];
