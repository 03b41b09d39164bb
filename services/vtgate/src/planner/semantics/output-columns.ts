import { columnName, type Query, type Select, type SelectItem } from '@vitess-ts/sqlparser';
import type { ColumnInfo } from './bound';
import { contains } from '../syntax-tree';
import { typeOf, widens } from './column-type';

/** MySQL's name of a select item: its alias, the column's name, or the text as written. */
export function itemName(item: SelectItem): string {
  if (item.kind !== 'selectExpr') return item.kind === 'star' ? '*' : 'nextval';
  if (item.alias === undefined && (item.expr.kind === 'null' || item.expr.kind === 'bool'))
    return item.text.toUpperCase();
  return columnName(item);
}

/** MySQL puts such a derived table's expressions in the place of its columns, while of others it makes a table. */
const isMerged = (select: Select): boolean =>
  !select.distinct &&
  select.groupBy === undefined &&
  select.limit === undefined &&
  !contains(select.items, (node) => node.kind === 'aggregate' || node.kind === 'window');

/** The columns of a bound query's result; undefined when a `*` hides them. */
export function outputColumns(query: Query): ColumnInfo[] | undefined {
  switch (query.kind) {
    case 'select':
      if (query.items.some((item) => item.kind === 'star')) return undefined;
      return query.items.map((item) => ({
        name: itemName(item),
        ...(item.kind === 'selectExpr' ? typeOf(item.expr) : {}),
        ...(item.kind === 'selectExpr' && isMerged(query) && widens(item.expr) ? { widens: true } : {}),
      }));
    case 'setOperation': {
      const [left, right] = [outputColumns(query.left), outputColumns(query.right)];
      // Types of a set operation follow from both sides; they are certain when the sides agree.
      return left?.map((column, i) =>
        right !== undefined && right[i]?.type === column.type && right[i].collation === column.collation
          ? column
          : { name: column.name },
      );
    }
    case 'nested':
      return outputColumns(query.query);
    case 'values':
      return query.rows[0]?.map((_, i) => ({ name: `column_${i}` }));
    case 'tableQuery':
      return undefined;
  }
}
