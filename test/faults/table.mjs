// Prints the results of the last run of the fault suite as a Markdown table.
import { readFileSync } from 'node:fs';

const lines = readFileSync(new URL('../../artifacts/faults.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const rows = lines.map((line) => JSON.parse(line));
const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
// Cells that a suite does not count stay empty.
const sum = Object.fromEntries(
  columns.map((column) => [column, rows.reduce((total, row) => total + (row[column] ?? 0), 0)]),
);
for (const cells of [
  columns,
  columns.map(() => '---'),
  ...[...rows, { ...sum, fault: 'all' }].map((row) => columns.map((column) => row[column] ?? '')),
]) {
  console.log(`| ${cells.join(' | ')} |`);
}
