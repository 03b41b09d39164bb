import { unreachable } from '@vitess-ts/base';
import type {
  JsonTableColumn,
  Query,
  QueryTail,
  SelectItem,
  SystemTime,
  TableExpr,
  TimePoint,
  With,
} from '../ast';
import {
  changed,
  mapExpr,
  mapExprs,
  mapLimit,
  mapList,
  mapOptional,
  mapOrder,
  mapWindowSpec,
  type Mapper,
} from './mapper';

export function mapWith(clause: With | undefined, m: Mapper): With | undefined {
  return mapOptional(clause, (x) =>
    changed(x, { ctes: mapList(x.ctes, (cte) => changed(cte, { query: m.query(cte.query) })) }),
  );
}

/** The query with its children mapped, in the order WITH, FROM, select items, clauses, ORDER BY. */
export function mapQueryChildren(query: Query, m: Mapper): Query {
  const clause = mapWith(query.with, m);
  const body = mapBody(query, m);
  const tail: Partial<QueryTail> = {
    with: clause,
    orderBy: mapOrder(query.orderBy, m),
    limit: mapLimit(query.limit, m),
    into: mapOptional(query.into, (into) =>
      into.type !== 'variables'
        ? into
        : changed(into, {
            variables: mapList(into.variables, (x) => {
              if (x.kind === 'localVar') return x;
              const variable = m.expr(x);
              return variable.kind === 'userVar' ? variable : x;
            }),
          }),
    ),
  };
  return changed<QueryTail>(body, tail) as Query;
}

function mapBody(query: Query, m: Mapper): Query {
  switch (query.kind) {
    case 'select':
      return changed(query, {
        from: mapList(query.from, (table) => m.table(table)),
        items: mapList(query.items, (item) => m.item(item)),
        where: mapExpr(query.where, m),
        groupBy: mapOptional(query.groupBy, (x) => changed(x, { items: mapOrder(x.items, m) })),
        having: mapExpr(query.having, m),
        windows: mapList(query.windows, (x) => changed(x, { spec: mapWindowSpec(x.spec, m) })),
        procedure: mapOptional(query.procedure, (x) => changed(x, { args: mapExprs(x.args, m) })),
      });
    case 'setOperation':
      return changed(query, { left: m.query(query.left), right: m.query(query.right) });
    case 'values':
      return changed(query, { rows: mapList(query.rows, (row) => mapExprs(row, m)) });
    case 'tableQuery':
      return query;
    case 'nested':
      return changed(query, { query: m.query(query.query) });
    default:
      return unreachable(query);
  }
}

export function mapItemChildren(item: SelectItem, m: Mapper): SelectItem {
  switch (item.kind) {
    case 'selectExpr':
      return changed(item, { expr: m.expr(item.expr) });
    case 'star':
      return item;
    case 'next':
      return changed(item, { count: m.expr(item.count) });
    default:
      return unreachable(item);
  }
}

export function mapTableChildren(table: TableExpr, m: Mapper): TableExpr {
  switch (table.kind) {
    case 'table':
      return changed(table, {
        systemTime: mapOptional(table.systemTime, (x) => mapSystemTime(x, m)),
        portion: mapOptional(table.portion, (x) => changed(x, { from: m.expr(x.from), to: m.expr(x.to) })),
      });
    case 'derived':
      return changed(table, { query: m.query(table.query) });
    case 'join':
      return changed(table, {
        left: m.table(table.left),
        right: m.table(table.right),
        on: mapExpr(table.on, m),
      });
    case 'jsonTable':
      return changed(table, { document: m.expr(table.document), columns: mapJsonColumns(table.columns, m) });
    default:
      return unreachable(table);
  }
}

export function mapTimePoint(point: TimePoint, m: Mapper): TimePoint {
  return changed(point, { value: m.expr(point.value) });
}

function mapSystemTime(time: SystemTime, m: Mapper): SystemTime {
  const point = (x: TimePoint): TimePoint => mapTimePoint(x, m);
  switch (time.type) {
    case 'all':
      return time;
    case 'as of':
      return changed(time, { at: point(time.at) });
    case 'between':
    case 'from':
      return changed(time, { from: point(time.from), to: point(time.to) });
    default:
      return unreachable(time);
  }
}

function mapJsonColumns(columns: JsonTableColumn[], m: Mapper): JsonTableColumn[] {
  return mapList(columns, (column): JsonTableColumn => {
    switch (column.kind) {
      case 'ordinality':
        return column;
      case 'nested':
        return changed(column, { columns: mapJsonColumns(column.columns, m) });
      case 'path': {
        const { onEmpty, onError } = column;
        return changed(column, {
          onEmpty: onEmpty?.type === 'default' ? changed(onEmpty, { value: m.expr(onEmpty.value) }) : onEmpty,
          onError: onError?.type === 'default' ? changed(onError, { value: m.expr(onError.value) }) : onError,
        });
      }
      default:
        return unreachable(column);
    }
  });
}
