import type { SelectExpr } from './ast';

/**
 * The name that MySQL gives the column of a select expression: its alias, the name of a column, the value of a string,
 * else the expression as written.
 */
export function columnName(item: SelectExpr): string {
  if (item.alias !== undefined) return item.alias;
  const { expr } = item;
  if (expr.kind === 'column') return expr.name;
  if (expr.kind === 'literal' && expr.type === 'string' && !expr.encoding) return expr.value;
  return item.text;
}
