import { RowBatch, emptyResult, type Result } from '@vitess-ts/sqltypes';
import { unifyShardFields } from './unify-fields';

/** One result of a statement that ran on several shards: counts added up, rows (of RETURNING) one after the other. */
export function sumResults(results: readonly Result[]): Result {
  if (results.length === 1) return results[0];
  const withRows = results.filter((r) => r.fields.length > 0);
  const fields = withRows.length === 0 ? [] : unifyShardFields(withRows.map((r) => r.fields));
  return emptyResult({
    fields,
    rows: RowBatch.concat(
      fields.length,
      withRows.map((r) => r.rows),
    ),
    rowsAffected: results.reduce((sum, r) => sum + r.rowsAffected, 0n),
    insertId: results.find((r) => r.insertId !== 0n)?.insertId ?? 0n,
    info: sumInfos(results.map((r) => r.info)),
    warnings: results.reduce((sum, r) => sum + r.warnings, 0),
    statusFlags: results.reduce((flags, r) => flags | r.statusFlags, 0),
  });
}

/** `Rows matched: 1  Changed: 1  Warnings: 0` of several, with the numbers added; empty when they differ in words. */
function sumInfos(infos: readonly string[]): string {
  const full = infos.filter((info) => info !== '');
  if (full.length === 0) return '';
  const words = full[0].replace(/\d+/g, '#');
  if (full.some((info) => info.replace(/\d+/g, '#') !== words)) return '';
  const numbers = full.map((info) => (info.match(/\d+/g) ?? []).map(Number));
  let at = 0;
  return full[0].replace(/\d+/g, () => {
    const sum = numbers.reduce((total, list) => total + list[at], 0);
    at++;
    return String(sum);
  });
}
