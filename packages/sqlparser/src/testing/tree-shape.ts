import type { Delete, Expr, Insert, Query, SelectItem, Statement, TableExpr, Update } from '../ast';
import { isQuery } from '../visitor/visit';

/** Why a statement is left out of a comparison. */
export class NotCompared extends Error {}

/** A list of parts in parentheses: the form in which trees of two parsers are compared. */
export function node(...parts: (string | undefined)[]): string {
  return `(${parts.filter((part) => part !== undefined && part !== '').join(' ')})`;
}

export const LITERAL = '#';

/** The shape of a statement: which operator has which operands, which table which joins; no values of literals. */
export function treeShape(statement: Statement): string {
  if (isQuery(statement)) return queryShape(statement);
  switch (statement.kind) {
    case 'insert':
      return insertShape(statement);
    case 'update':
      return updateShape(statement);
    case 'delete':
      return deleteShape(statement);
    default:
      throw new NotCompared(statement.kind);
  }
}

function insertShape(insert: Insert): string {
  const { source } = insert;
  const rows =
    source.kind === 'rows' ? source.rows.map((row) => node('row', ...exprs(row))) : [queryShape(source)];
  const updates = insert.onDuplicate.map(({ column, value }) =>
    node('set', column.name.toLowerCase(), exprShape(value)),
  );
  return node(
    insert.verb,
    tableName(insert.table),
    ...insert.columns.map((x) => x.toLowerCase()),
    ...rows,
    ...updates,
  );
}

function updateShape(update: Update): string {
  const sets = update.assignments.map(({ column, value }) =>
    node('set', column.name.toLowerCase(), exprShape(value)),
  );
  return node(
    'update',
    ...update.tables.map(tableShape),
    ...sets,
    clause('where', update.where),
    tail(update),
  );
}

function deleteShape(statement: Delete): string {
  const targets = statement.targets.map(tableName);
  return node(
    'delete',
    ...targets,
    ...statement.tables.map(tableShape),
    clause('where', statement.where),
    tail(statement),
  );
}

function queryShape(query: Query): string {
  const ctes =
    query.with?.ctes.map((cte) => node('with', cte.name.toLowerCase(), queryShape(cte.query))) ?? [];
  switch (query.kind) {
    case 'select': {
      const group = query.groupBy?.items.map(({ expr }) => exprShape(expr)) ?? [];
      return node(
        'select',
        ...ctes,
        query.distinct ? 'distinct' : '',
        ...query.items.map(itemShape),
        ...query.from.map(tableShape),
        clause('where', query.where),
        group.length > 0 ? node('group', ...group) : '',
        clause('having', query.having),
        tail(query),
      );
    }
    case 'setOperation': {
      const { op, all, left, right } = query;
      return node(`${op}${all ? ' all' : ''}`, ...ctes, queryShape(left), queryShape(right), tail(query));
    }
    default:
      throw new NotCompared(`query ${query.kind}`);
  }
}

function tail({ orderBy, limit }: Pick<Update, 'orderBy' | 'limit'>): string {
  const order = orderBy.map(({ expr, desc }) => exprShape(expr) + (desc ? ' desc' : ''));
  return [order.length > 0 ? node('order', ...order) : '', limit ? `limit${limit.offset ? 2 : 1}` : '']
    .filter(Boolean)
    .join(' ');
}

function clause(name: string, expr: Expr | undefined): string {
  return expr ? node(name, exprShape(expr)) : '';
}

function itemShape(item: SelectItem): string {
  switch (item.kind) {
    case 'star':
      return `${[item.keyspace, item.table, '*'].filter(Boolean).join('.')}`.toLowerCase();
    case 'selectExpr':
      return exprShape(item.expr) + (item.alias === undefined ? '' : `/${item.alias.toLowerCase()}`);
    default:
      throw new NotCompared('NEXT VALUES');
  }
}

function tableName({ keyspace, name }: { keyspace?: string; name: string }): string {
  return (keyspace === undefined ? name : `${keyspace}.${name}`).toLowerCase();
}

function tableShape(table: TableExpr): string {
  switch (table.kind) {
    case 'table':
      return tableName(table) + (table.alias === undefined ? '' : `/${table.alias.toLowerCase()}`);
    case 'derived':
      return `${queryShape(table.query)}/${table.alias.toLowerCase()}`;
    case 'join': {
      const on = table.on ? exprShape(table.on) : node(...table.using.map((x) => x.toLowerCase()));
      return node(`${table.type} join`, tableShape(table.left), tableShape(table.right), on);
    }
    default:
      throw new NotCompared('JSON_TABLE');
  }
}

function exprs(list: readonly Expr[]): string[] {
  return list.map(exprShape);
}

function exprShape(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
    case 'null':
    case 'bool':
    case 'temporal':
    case 'arg':
    case 'param':
      return LITERAL;
    case 'column':
      return [expr.keyspace, expr.table, expr.name]
        .filter((x) => x !== undefined)
        .join('.')
        .toLowerCase();
    case 'and':
    case 'or':
      return node(expr.kind, ...exprs(expr.operands));
    case 'xor':
      return node('xor', exprShape(expr.left), exprShape(expr.right));
    case 'not':
      return node('not', exprShape(expr.operand));
    case 'unary': {
      const operand = exprShape(expr.operand);
      return expr.op === '-' && operand === LITERAL ? LITERAL : node(expr.op, operand);
    }
    case 'comparison':
      if (expr.quantifier) throw new NotCompared('quantified comparison');
      return node(expr.op, exprShape(expr.left), exprShape(expr.right));
    case 'binary':
      return node(expr.op, exprShape(expr.left), exprShape(expr.right));
    case 'is':
      return node(expr.not ? 'is not' : 'is', exprShape(expr.operand));
    case 'in': {
      const right = expr.right.kind === 'tuple' ? exprs(expr.right.items) : [exprShape(expr.right)];
      return node(expr.not ? 'not in' : 'in', exprShape(expr.operand), ...right);
    }
    case 'between':
      return node(expr.not ? 'not between' : 'between', ...exprs([expr.operand, expr.low, expr.high]));
    case 'like':
      if (expr.escape) throw new NotCompared('ESCAPE');
      return node(expr.not ? 'not like' : 'like', exprShape(expr.operand), exprShape(expr.pattern));
    case 'regexp':
      return node(expr.not ? 'not regexp' : 'regexp', exprShape(expr.operand), exprShape(expr.pattern));
    case 'exists':
      return node('exists', queryShape(expr.query));
    case 'subquery':
      return queryShape(expr.query);
    case 'tuple':
      return node('row', ...exprs(expr.items));
    case 'case': {
      const whens = expr.whens.flatMap(({ when, then }) => [exprShape(when), exprShape(then)]);
      const parts = [expr.operand, expr.otherwise].map((x) => (x ? exprShape(x) : '-'));
      return node('case', ...parts, ...whens);
    }
    case 'function':
      if (expr.keyspace !== undefined) throw new NotCompared('qualified function');
      return node(`${expr.name}()`, ...exprs(expr.args));
    case 'aggregate':
      return node(`${expr.name}()`, expr.args.length === 0 ? '*' : '', ...exprs(expr.args));
    case 'cast':
      return node('cast', exprShape(expr.operand));
    case 'extract':
      return node('extract', exprShape(expr.operand));
    case 'interval':
      return node('interval', exprShape(expr.value), expr.unit);
    default:
      throw new NotCompared(`expression ${expr.kind}`);
  }
}
