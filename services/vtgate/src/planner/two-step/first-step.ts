import type { Delete, Expr, OrderItem, Select, Update } from '@vitess-ts/sqlparser';
import type { ReadColumns } from './read-columns';

/** The SELECT that reads and locks the rows that a statement changes. `order` stands where the statement has none. */
export function firstStep(statement: Update | Delete, read: ReadColumns, order: readonly Expr[]): Select {
  const orderBy =
    statement.orderBy.length > 0
      ? statement.orderBy
      : order.map((expr): OrderItem => ({ expr, desc: false }));
  return {
    kind: 'select',
    with: statement.with,
    comments: [],
    distinct: false,
    options: [],
    items: read.items,
    from: statement.tables,
    where: statement.where,
    windows: [],
    orderBy,
    limit: statement.limit,
    locks: [{ strength: 'update', of: [] }],
  };
}
