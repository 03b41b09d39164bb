import { assert } from '@vitess-ts/base';
import type {
  Column,
  Expr,
  Limit,
  OrderItem,
  Query,
  SelectItem,
  Statement,
  TableExpr,
  WindowSpec,
} from '../ast';

/** What is done with each child of a node; it returns the child or what takes its place. */
export interface Mapper {
  expr(expr: Expr): Expr;
  query(query: Query): Query;
  table(table: TableExpr): TableExpr;
  item(item: SelectItem): SelectItem;
  statement(statement: Statement): Statement;
}

/** The node with the changes, or the node itself when they change nothing. */
export function changed<T extends object>(node: T, changes: Partial<T>): T {
  for (const key of Object.keys(changes) as (keyof T)[]) {
    if (changes[key] !== node[key]) return { ...node, ...changes };
  }
  return node;
}

/** The mapped list, or the list itself when nothing changed. */
export function mapList<T>(list: T[], map: (item: T) => T): T[] {
  let result: T[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = map(list[i]);
    if (result === undefined && item !== list[i]) result = list.slice(0, i);
    result?.push(item);
  }
  return result ?? list;
}

export function mapExprs(list: Expr[], mapper: Mapper): Expr[] {
  return mapList(list, (expr) => mapper.expr(expr));
}

export function mapOptional<T>(value: T | undefined, map: (value: T) => T): T | undefined {
  return value === undefined ? undefined : map(value);
}

export function mapExpr(expr: Expr | undefined, mapper: Mapper): Expr | undefined {
  return expr && mapper.expr(expr);
}

/** A child that must stay of its kind, such as the column that is assigned to. */
export function mapKind<K extends Expr['kind']>(
  expr: Extract<Expr, { kind: K }>,
  mapper: Mapper,
  kinds: readonly K[],
): Extract<Expr, { kind: K }> {
  const result = mapper.expr(expr);
  assert(
    (kinds as readonly string[]).includes(result.kind),
    `a ${expr.kind} cannot become a ${result.kind} here`,
  );
  return result as Extract<Expr, { kind: K }>;
}

export function mapColumn(column: Column, mapper: Mapper): Column {
  return mapKind(column, mapper, ['column']);
}

export function mapOrder(items: OrderItem[], mapper: Mapper): OrderItem[] {
  return mapList(items, (item) => changed(item, { expr: mapper.expr(item.expr) }));
}

export function mapLimit(limit: Limit | undefined, mapper: Mapper): Limit | undefined {
  if (!limit) return undefined;
  return changed(limit, {
    offset: mapExpr(limit.offset, mapper),
    count: mapper.expr(limit.count),
    rowsExamined: mapExpr(limit.rowsExamined, mapper),
  });
}

export function mapWindowSpec(spec: WindowSpec, mapper: Mapper): WindowSpec {
  const frame = mapOptional(spec.frame, (x) =>
    changed(x, {
      start: changed(x.start, { value: mapExpr(x.start.value, mapper) }),
      end: mapOptional(x.end, (end) => changed(end, { value: mapExpr(end.value, mapper) })),
    }),
  );
  return changed(spec, {
    partitionBy: mapExprs(spec.partitionBy, mapper),
    orderBy: mapOrder(spec.orderBy, mapper),
    frame,
  });
}
