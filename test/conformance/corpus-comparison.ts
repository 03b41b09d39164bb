import { parse, type Expr, type OrderItem, type Query, type Select } from '@vitess-ts/sqlparser';
import { RowBatch, type Result } from '@vitess-ts/sqltypes';

/**
 * How the two answers to a query may differ and still be equal; it follows from the query alone.
 * - `rows`: the same rows, in any order; `order` are the columns by which they are sorted.
 * - `some`: as many rows, each of them one that the query without its LIMIT gives.
 * - `count`: a LIMIT inside leaves open which rows there are; as many columns and, where told, rows.
 * - `header`: what the server says of itself differs by nature.
 */
export type CorpusComparison =
  | { mode: 'rows'; order: number[]; anyOrder: number[] }
  | { mode: 'some'; all: string }
  | { mode: 'header'; why: string };

interface Node {
  kind?: string;
}

export function comparisonOf(sql: string, isColumn: (name: string) => boolean): CorpusComparison {
  const query = parse(sql);
  const own = systemName(query);
  if (own !== undefined) return { mode: 'header', why: own };
  const random = firstMatch(
    query,
    (n) => n.kind === 'function' && unstable.has((n as { name: string }).name),
  );
  if (random) return { mode: 'header', why: 'a function whose value nobody knows before' };
  if (firstMatch(query, (n) => (n as Partial<Query>).limit !== undefined && (n as object) !== query))
    return { mode: 'header', why: 'LIMIT inside: rows are any' };
  if (query.kind === 'select' && hasOpenColumns(query, isColumn))
    return { mode: 'header', why: 'columns that no group decides: their values are any of the group' };
  const order = orderColumns(query as Query);
  if ((query as Query).limit !== undefined) return { mode: 'some', all: withoutLimit(sql) };
  return { mode: 'rows', order, anyOrder: concatColumns(query as Query) };
}

const unstable: ReadonlySet<string> = new Set([
  'rand',
  'uuid',
  'connection_id',
  'version',
  'database',
  'user',
  'sleep',
]);

function systemName(query: object): string | undefined {
  const found = firstMatch(query, (n) => {
    const { keyspace = '' } = n as { keyspace?: string };
    return n.kind === 'table' && /^(information_schema|performance_schema|mysql|sys)$/i.test(keyspace);
  });
  return found ? "rows of the server's own schemas" : undefined;
}

function hasOpenColumns(select: Select, isColumn: (name: string) => boolean): boolean {
  const aggregates = firstMatch(
    [select.items, select.having ?? {}, select.orderBy],
    (n) => n.kind === 'aggregate',
  );
  if (select.groupBy === undefined && !aggregates) return false;
  const keys = (select.groupBy?.items ?? []).map((i) => text(i.expr));
  return select.items.some((item, i) => {
    if (item.kind !== 'selectExpr') return true;
    if (keys.includes(text(item.expr)) || keys.includes(`#${i + 1}`)) return false;
    // GROUP BY takes a name for a column of the tables before it takes it for a select item.
    const alias = item.alias?.toLowerCase();
    if (alias !== undefined && keys.includes(alias) && !isColumn(alias)) return false;
    return isOpen(item.expr, keys);
  });
}

/** A column stands outside aggregates, and is no key. */
function isOpen(expr: Expr, keys: readonly string[]): boolean {
  let open = false;
  walk(expr, (node) => {
    if (node.kind === 'aggregate' || keys.includes(text(node as Expr))) return false;
    open ||= node.kind === 'column';
    return true;
  });
  return open;
}

const text = (expr: Expr): string =>
  expr.kind === 'column'
    ? expr.name.toLowerCase()
    : expr.kind === 'literal' && expr.type === 'int'
      ? `#${expr.value}`
      : JSON.stringify(expr);

/** Where the columns are that ORDER BY names, up to the first that is none of the result's. */
function orderColumns(query: Query): number[] {
  const columns: number[] = [];
  for (const { expr } of query.orderBy as OrderItem[]) {
    const items = query.kind === 'select' ? query.items : [];
    if (items.some((i) => i.kind !== 'selectExpr')) break;
    const position = expr.kind === 'literal' ? Number(expr.value) - 1 : -1;
    const name = expr.kind === 'column' ? expr.name.toLowerCase() : undefined;
    const called = items.findIndex((i) => i.kind === 'selectExpr' && i.alias?.toLowerCase() === (name ?? ''));
    const same = items.findIndex((i) => i.kind === 'selectExpr' && text(i.expr) === text(expr));
    const found = position >= 0 ? position : called >= 0 ? called : same;
    if (found < 0) break;
    columns.push(found);
  }
  return columns;
}

/** Columns of GROUP_CONCAT without an order: its parts come in any. */
function concatColumns(query: Query): number[] {
  if (query.kind !== 'select') return [];
  return query.items.flatMap((item, i) => {
    const open = firstMatch(item, (n) => {
      const call = n as { kind?: string; name?: string; orderBy?: unknown[] };
      return call.kind === 'aggregate' && call.name === 'group_concat' && (call.orderBy ?? []).length === 0;
    });
    return open ? [i] : [];
  });
}

/** A result in which the parts of some columns stand in one order. */
export function withSortedParts(result: Result, columns: readonly number[]): Result {
  if (columns.length === 0) return result;
  const sorted = (value: Buffer | null): Buffer | null =>
    value && Buffer.from([...value.toString('latin1')].sort().join(''), 'latin1');
  const rows = result.rows.rows().map((row) => row.map((v, i) => (columns.includes(i) ? sorted(v) : v)));
  return { ...result, rows: RowBatch.from(result.fields.length, rows) };
}

/** The statement without the LIMIT at its end. */
const withoutLimit = (sql: string): string =>
  sql.replace(/\blimit\s+[\w:?]+(\s*(,|offset)\s*[\w:?]+)?(?=[^)]*$)/i, '');

/** The columns of a result that its order is by. */
export function project(result: Result, columns: readonly number[]): string[] {
  return result.rows
    .rows()
    .map((row) => JSON.stringify(columns.map((c) => row[c]?.toString('latin1') ?? null)));
}

function firstMatch(part: object, test: (node: Node) => boolean): boolean {
  let found = false;
  walk(part, (node) => {
    found ||= test(node);
    return !found;
  });
  return found;
}

function walk(part: object, visit: (node: Node) => boolean): void {
  if (!visit(part as Node)) return;
  for (const value of Object.values(part) as unknown[]) {
    if (typeof value === 'object' && value !== null) walk(value, visit);
  }
}
