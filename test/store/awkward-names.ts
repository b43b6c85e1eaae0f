/** Identifiers that need care in queries, lines and SQL. */
export const AWKWARD_NAMES = [
  'quote " and apostrophe \'',
  'comma, equals = and space',
  'dollar ${1 + 1} and {braces}',
  '") |> drop()',
  "'; DROP TABLE readings; --",
  '# not a comment',
  'tab is not allowed but / ? % & are',
  'Ünïcödé 温度 🌡️',
  'e\u0301 is not \u00e9',
  '_field',
  'null',
  'x'.repeat(128),
  '🌡'.repeat(128),
];
