import type {
  Comparison,
  Expr,
  OrderItem,
  Query,
  Select,
  SelectItem,
  TableExpr,
  TableRef,
} from '@vitess-ts/sqlparser';
import { isColumn, isQuery, rewrite, type Kinded } from '../../planner/syntax-tree';
import { schemataTable } from './schemata-table';
import { isSchemaColumn, physicalSchema } from './schema-columns';
import type { SchemaTarget } from './schema-target';

/**
 * Where the rows of a query go: `client` (names are put right in the rows), `derived` (to a query around it, under the
 * column's name), `value` (to an operator, which compares it with names as clients know them).
 */
type Use = 'client' | 'derived' | 'value';

/**
 * A query of system tables in which schema names are what clients know: comparisons with a schema column take
 * keyspaces, expressions over it give keyspaces. A schema column that is a bare select item still gives the server's
 * own name, which `logicalRows` puts right: so clients see the column's own header.
 */
export function logicalQuery(query: Query, target: SchemaTarget): Query {
  return new Rewriter(target).query(query, 'client');
}

/** A condition on rows of system tables, as SHOW .. WHERE has it. */
export function logicalCondition(condition: Expr, target: SchemaTarget): Expr {
  return new Rewriter(target).expr(condition);
}

class Rewriter {
  constructor(private readonly target: SchemaTarget) {}

  query(query: Query, use: Use): Query {
    const tail = {
      ...(query.with && {
        with: {
          ...query.with,
          ctes: query.with.ctes.map((cte) => ({ ...cte, query: this.inner(cte.query, cte.columns) })),
        },
      }),
      orderBy: this.order(query.orderBy),
    };
    switch (query.kind) {
      case 'select':
        return this.select({ ...query, ...tail }, use);
      case 'setOperation': {
        // Its columns belong to no table, so nothing in the header says that they hold schema names.
        const inside = use === 'client' ? 'value' : use;
        const left = this.query(query.left, inside);
        return { ...query, ...tail, left, right: this.query(query.right, inside) };
      }
      case 'nested':
        return { ...query, ...tail, query: this.query(query.query, use) };
      case 'values':
      case 'tableQuery':
        return { ...query, ...tail };
    }
  }

  private select(select: Select, use: Use): Select {
    const { groupBy } = select;
    return {
      ...select,
      items: select.items.map((item) => this.item(item, use)),
      from: select.from.map((table) => this.table(table)),
      where: select.where && this.expr(select.where),
      groupBy: groupBy && { ...groupBy, items: this.order(groupBy.items) },
      having: select.having && this.expr(select.having),
      windows: this.expr(select.windows),
    };
  }

  /** A query whose columns are read by name; given other names, they are plain values. */
  private inner(query: Query, columns: readonly string[]): Query {
    return this.query(query, columns.length > 0 ? 'value' : 'derived');
  }

  private item(item: SelectItem, use: Use): SelectItem {
    if (item.kind !== 'selectExpr') return item;
    const { expr, alias } = item;
    if (!isSchemaName(expr)) return { ...item, expr: this.expr(expr) };
    const keepsItsName = alias === undefined || isSchemaColumn(alias);
    if (use === 'client' || (use === 'derived' && keepsItsName)) return item;
    return { ...item, expr: this.logical(expr), alias: alias ?? expr.name };
  }

  private table(table: TableExpr): TableExpr {
    switch (table.kind) {
      case 'table':
        return isSchemata(table) ? schemataTable(table.alias ?? table.name, this.target) : table;
      case 'derived':
        return { ...table, query: this.inner(table.query, table.columns) };
      case 'join':
        return {
          ...table,
          left: this.table(table.left),
          right: this.table(table.right),
          on: table.on && this.expr(table.on),
        };
      case 'jsonTable':
        return table;
    }
  }

  /** Order and groups are the same by either name. */
  private order(items: readonly OrderItem[]): OrderItem[] {
    return items.map((item) => (isSchemaName(item.expr) ? item : { ...item, expr: this.expr(item.expr) }));
  }

  expr<T extends object>(part: T): T {
    return rewrite(part, (node) => this.node(node));
  }

  private node(node: Kinded): object | undefined {
    if (isQuery(node)) return this.query(node, 'value');
    if (node.kind === 'comparison') return this.comparison(node as Comparison);
    if (!isColumn(node)) return undefined;
    const { keyspace, table, name } = node;
    if (isSchemaColumn(name)) return this.logical(node);
    return keyspace !== undefined && table?.toLowerCase() === 'schemata'
      ? { kind: 'column', table, name }
      : undefined;
  }

  /** `schema column = constant` stays so: the server then opens that schema alone. */
  private comparison(node: Comparison): Comparison | undefined {
    const { op, left, right } = node;
    if (op !== '=' && op !== '<=>') return undefined;
    if (isSchemaName(left) && isSchemaName(right)) return node;
    if (isSchemaName(left) && isSchemaConstant(right)) return { ...node, right: this.physical(right) };
    if (isSchemaName(right) && isSchemaConstant(left)) return { ...node, left: this.physical(left) };
    return undefined;
  }

  private logical(column: Expr): Expr {
    const { keyspace } = this.target;
    return replaced(column, physicalSchema(keyspace), keyspace);
  }

  private physical(constant: Expr): Expr {
    const { keyspace } = this.target;
    return replaced(constant, keyspace, physicalSchema(keyspace));
  }
}

export const isSchemaName = (node: Expr): node is Extract<Expr, { kind: 'column' }> =>
  node.kind === 'column' && isSchemaColumn(node.name);

/** A value that is the same for all rows: a literal, its bind variable, or DATABASE(). */
export function isSchemaConstant(node: Expr): boolean {
  if (node.kind === 'arg') return true;
  if (node.kind === 'literal') return node.type === 'string';
  return isDatabaseCall(node);
}

export const isDatabaseCall = (node: Expr): boolean =>
  node.kind === 'function' && ['database', 'schema'].includes(node.name) && node.args.length === 0;

function isSchemata(table: TableRef): boolean {
  return table.keyspace?.toLowerCase() === 'information_schema' && table.name.toLowerCase() === 'schemata';
}

/** `if(expr = from, to, expr)`. */
function replaced(expr: Expr, from: string, to: string): Expr {
  const test: Expr = { kind: 'comparison', op: '=', left: expr, right: text(from) };
  return { kind: 'function', name: 'if', args: [test, text(to), expr] };
}

const text = (value: string): Expr => ({ kind: 'literal', type: 'string', value });
