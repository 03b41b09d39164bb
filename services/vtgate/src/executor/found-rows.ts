import type { Select, SelectItem, Statement } from '@vitess-ts/sqlparser';
import { contains, isQuery } from '../planner/syntax-tree';

/** A SELECT with SQL_CALC_FOUND_ROWS as two queries: its rows, and how many there are without its LIMIT. */
export interface CountedSelect {
  rows: Select;
  /** Absent without a LIMIT: then the rows themselves are counted. */
  count?: Select;
}

/** Undefined for any other statement. */
export function asCountedSelect(statement: Statement): CountedSelect | undefined {
  if (statement.kind !== 'select' || !statement.options.includes('sql_calc_found_rows')) return undefined;
  const options = statement.options.filter((option) => option !== 'sql_calc_found_rows');
  const rows: Select = { ...statement, options };
  if (statement.limit === undefined) return { rows };
  return { rows, count: countOf({ ...rows, limit: undefined, orderBy: [], locks: [] }) };
}

/** `select count(*)` of a query's rows. */
function countOf(query: Select): Select {
  const item: SelectItem = {
    kind: 'selectExpr',
    expr: { kind: 'aggregate', name: 'count', args: [], distinct: false, orderBy: [] },
    text: 'count(*)',
  };
  if (isRowWise(query)) return { ...query, items: [item] };
  const outer = {
    ...query,
    with: undefined,
    where: undefined,
    groupBy: undefined,
    having: undefined,
    windows: [],
  };
  return {
    ...outer,
    distinct: false,
    items: [item],
    from: [{ kind: 'derived', query: withNames(query), lateral: false, alias: 'counted', columns: [] }],
  };
}

/** One row comes out for each that FROM and WHERE give. */
function isRowWise({ distinct, groupBy, having, items, windows }: Select): boolean {
  if (distinct || groupBy !== undefined || having !== undefined || windows.length > 0) return false;
  return !items.some(
    (item) =>
      item.kind === 'selectExpr' && contains(item.expr, (node) => node.kind === 'aggregate' || isQuery(node)),
  );
}

/** Columns of a derived table must have different names. */
function withNames(query: Select): Select {
  const items = query.items.map((item, i) =>
    item.kind === 'selectExpr' && item.alias === undefined ? { ...item, alias: `__column${i}` } : item,
  );
  return { ...query, items };
}
