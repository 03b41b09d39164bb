import { unreachable } from '@vitess-ts/base';
import type { Assignment, SetItem, SetVariable, Statement } from '../ast';
import { mapQueryChildren, mapWith, mapTimePoint } from './map-query';
import {
  changed,
  mapColumn,
  mapExpr,
  mapExprs,
  mapKind,
  mapLimit,
  mapList,
  mapOptional,
  mapOrder,
  type Mapper,
} from './mapper';

/** The statement with its children mapped. Total over the union: a kind without a case does not compile. */
export function mapStatementChildren(statement: Statement, m: Mapper): Statement {
  switch (statement.kind) {
    case 'select':
    case 'setOperation':
    case 'values':
    case 'tableQuery':
    case 'nested':
      return mapQueryChildren(statement, m);
    case 'insert': {
      const { source } = statement;
      return changed(statement, {
        source:
          source.kind === 'rows'
            ? changed(source, { rows: mapList(source.rows, (row) => mapExprs(row, m)) })
            : m.query(source),
        onDuplicate: mapAssignments(statement.onDuplicate, m),
        returning: mapList(statement.returning, (item) => m.item(item)),
      });
    }
    case 'update':
      return changed(statement, {
        with: mapWith(statement.with, m),
        tables: mapList(statement.tables, (table) => m.table(table)),
        assignments: mapAssignments(statement.assignments, m),
        where: mapExpr(statement.where, m),
        orderBy: mapOrder(statement.orderBy, m),
        limit: mapLimit(statement.limit, m),
      });
    case 'delete':
      return changed(statement, {
        with: mapWith(statement.with, m),
        tables: mapList(statement.tables, (table) => m.table(table)),
        where: mapExpr(statement.where, m),
        orderBy: mapOrder(statement.orderBy, m),
        limit: mapLimit(statement.limit, m),
        returning: mapList(statement.returning, (item) => m.item(item)),
        history: mapOptional(statement.history, (x) =>
          changed(x, { before: mapOptional(x.before, (point) => mapTimePoint(point, m)) }),
        ),
      });
    case 'ddl':
      return changed(statement, { query: mapOptional(statement.query, (query) => m.query(query)) });
    default:
      return mapAdminChildren(statement, m);
  }
}

type Admin = Exclude<
  Statement,
  {
    kind:
      'select' | 'setOperation' | 'values' | 'tableQuery' | 'nested' | 'insert' | 'update' | 'delete' | 'ddl';
  }
>;

function mapAdminChildren(statement: Admin, m: Mapper): Statement {
  switch (statement.kind) {
    case 'set':
      return changed(statement, { items: mapList(statement.items, (item) => mapSetItem(item, m)) });
    case 'setStatement':
      return changed(statement, {
        variables: mapList(statement.variables, (item) => mapSetVariable(item, m)),
        statement: m.statement(statement.statement),
      });
    case 'show':
      return changed(statement, { where: mapExpr(statement.where, m), limit: mapLimit(statement.limit, m) });
    case 'vstream':
      return changed(statement, { where: mapExpr(statement.where, m), limit: mapLimit(statement.limit, m) });
    case 'explain':
    case 'vexplain':
      return changed(statement, { statement: m.statement(statement.statement) });
    case 'kill':
      return changed(statement, { id: m.expr(statement.id) });
    case 'call':
      return changed(statement, { args: mapExprs(statement.args, m) });
    case 'prepare':
      return changed(statement, { source: m.expr(statement.source) });
    case 'execute':
      return changed(statement, { using: mapExprs(statement.using, m) });
    case 'do':
      return changed(statement, { exprs: mapExprs(statement.exprs, m) });
    case 'alterVschema':
    case 'alterMigration':
    case 'revertMigration':
    case 'setTransaction':
    case 'use':
    case 'explainConnection':
    case 'describe':
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'savepoint':
    case 'rollbackTo':
    case 'releaseSavepoint':
    case 'lockTables':
    case 'unlockTables':
    case 'flush':
    case 'deallocate':
    case 'loadData':
    case 'tableAdmin':
    case 'otherAdmin':
    case 'commentOnly':
      return statement;
    default:
      return unreachable(statement);
  }
}

function mapAssignments(assignments: Assignment[], m: Mapper): Assignment[] {
  return mapList(assignments, (x) => changed(x, { column: mapColumn(x.column, m), value: m.expr(x.value) }));
}

function mapSetItem(item: SetItem, m: Mapper): SetItem {
  switch (item.kind) {
    case 'setVariable':
      return mapSetVariable(item, m);
    case 'setUserVariable':
      return changed(item, { target: mapKind(item.target, m, ['userVar']), value: m.expr(item.value) });
    case 'setNames':
    case 'setCharacterSet':
      return item;
    default:
      return unreachable(item);
  }
}

function mapSetVariable(item: SetVariable, m: Mapper): SetVariable {
  return changed(item, { value: m.expr(item.value) });
}
