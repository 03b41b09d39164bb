import { type Result, typeName, type Value } from '@vitess-ts/sqltypes';

/**
 * How two results may differ and still be equal. The mode follows from the query, never from a failure: `ordered` for
 * one with a total order, `multiset` for all others.
 */
export type CompareMode = 'ordered' | 'multiset';

const MAX_REPORTED = 5;

/**
 * Compares column names, column types and the bytes of all values. Empty when equal; else one line a difference, the
 * first few of them.
 */
export function compareResults(actual: Result, expected: Result, mode: CompareMode): string[] {
  const columns = compareFields(actual, expected);
  if (columns.length > 0) return columns;
  const actualRows = rowKeys(actual);
  const expectedRows = rowKeys(expected);
  return mode === 'ordered'
    ? compareOrdered(actualRows, expectedRows, actual, expected)
    : compareMultiset(actualRows, expectedRows, actual, expected);
}

/** Throws with all differences when the results are not equal. */
export function expectSameResult(actual: Result, expected: Result, mode: CompareMode): void {
  const differences = compareResults(actual, expected, mode);
  if (differences.length > 0) throw new Error(`results differ (${mode}):\n  ${differences.join('\n  ')}`);
}

function compareFields(actual: Result, expected: Result): string[] {
  if (actual.fields.length !== expected.fields.length) {
    return [`${actual.fields.length} columns instead of ${expected.fields.length}`];
  }
  const differences: string[] = [];
  expected.fields.forEach((field, i) => {
    const found = actual.fields[i];
    if (found.name !== field.name) {
      differences.push(`column ${i} is named \`${found.name}\` instead of \`${field.name}\``);
    }
    if (found.type !== field.type) {
      differences.push(
        `column ${i} \`${field.name}\` is ${typeName(found.type)} instead of ${typeName(field.type)}`,
      );
    }
  });
  return differences;
}

/** Encoded rows as strings: equal exactly when all bytes and NULLs are. */
function rowKeys(result: Result): string[] {
  return Array.from({ length: result.rows.length }, (_, i) => result.rows.rowBytes(i).toString('latin1'));
}

function compareOrdered(actual: string[], expected: string[], a: Result, e: Result): string[] {
  const differences: string[] = [];
  if (actual.length !== expected.length)
    differences.push(`${actual.length} rows instead of ${expected.length}`);
  const common = Math.min(actual.length, expected.length);
  for (let i = 0; i < common && differences.length < MAX_REPORTED; i++) {
    if (actual[i] !== expected[i]) {
      differences.push(`row ${i} is ${rowText(a, i)} instead of ${rowText(e, i)}`);
    }
  }
  return differences;
}

function compareMultiset(actual: string[], expected: string[], a: Result, e: Result): string[] {
  const counts = new Map<string, number>();
  for (const key of expected) counts.set(key, (counts.get(key) ?? 0) + 1);
  const extra: number[] = [];
  actual.forEach((key, i) => {
    const left = counts.get(key) ?? 0;
    if (left === 0) extra.push(i);
    else counts.set(key, left - 1);
  });
  const missing: number[] = [];
  expected.forEach((key, i) => {
    const left = counts.get(key) ?? 0;
    if (left === 0) return;
    counts.set(key, left - 1);
    missing.push(i);
  });
  const differences: string[] = [];
  if (actual.length !== expected.length)
    differences.push(`${actual.length} rows instead of ${expected.length}`);
  for (const i of missing.slice(0, MAX_REPORTED)) differences.push(`missing row ${rowText(e, i)}`);
  for (const i of extra.slice(0, MAX_REPORTED)) differences.push(`unexpected row ${rowText(a, i)}`);
  return differences;
}

function rowText(result: Result, i: number): string {
  return `(${result.rows.row(i).map(valueText).join(', ')})`;
}

function valueText(value: Value): string {
  if (value === null) return 'NULL';
  const text = value.toString('utf8');
  const readable = Buffer.from(text, 'utf8').equals(value)
    ? JSON.stringify(text)
    : `0x${value.toString('hex')}`;
  return readable.length > 80 ? `${readable.slice(0, 80)}... (${value.length} bytes)` : readable;
}
