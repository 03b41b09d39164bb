import type { Expr, Query, Statement, TableRef } from '@vitess-ts/sqlparser';
import type { BindVariables } from '@vitess-ts/sqltypes';
import { namedTables } from '../../planner/passthrough';
import { isQuery, rewrite, walk, type Kinded } from '../../planner/syntax-tree';
import { isDatabaseCall, isSchemaConstant, isSchemaName } from './logical-query';
import { isSystemSchema } from './schema-columns';

/** A query that reads system tables alone, and the schemas that its conditions ask for. */
export interface SystemQuery {
  query: Query;
  schemas: Expr[];
}

/**
 * Undefined for any other statement. `schema` is the system schema that the session has selected, if any: it is where
 * tables without a schema lie.
 */
export function asSystemQuery(statement: Statement, schema: string | undefined): SystemQuery | undefined {
  if (!isQuery(statement)) return undefined;
  const query = schema === undefined ? statement : qualified(statement, schema);
  const named = namedTables(query);
  if (named.length === 0 || !named.every((t) => isSystemSchema(t.keyspace))) return undefined;
  return { query, schemas: askedSchemas(query) };
}

/**
 * The keyspace whose shard answers: the one that is asked for, else `byDefault`. Undefined for a query over the schemas
 * of several keyspaces, which lie on different servers.
 */
export function answeringKeyspace(
  { schemas }: SystemQuery,
  bindVariables: BindVariables,
  session: { keyspace: string },
  keyspaces: ReadonlySet<string>,
  byDefault: () => string,
): string | undefined {
  const asked = new Set(
    schemas
      .flatMap((expr) => valuesOf(expr, bindVariables, session.keyspace))
      .filter((name) => keyspaces.has(name)),
  );
  if (asked.size > 1) return undefined;
  const [name = byDefault()] = asked;
  return name;
}

function qualified(query: Query, schema: string): Query {
  const common = new Set<string>();
  walk(query, (node) => {
    for (const cte of (node as Partial<Query>).with?.ctes ?? []) common.add(cte.name);
  });
  return rewrite(query, (node: Kinded) => {
    if (node.kind !== 'table') return undefined;
    const table = node as TableRef;
    return table.keyspace !== undefined || common.has(table.name)
      ? undefined
      : { ...table, keyspace: schema };
  });
}

function askedSchemas(query: Query): Expr[] {
  const asked: Expr[] = [];
  walk(query, (node) => {
    const expr = node as Expr;
    if (expr.kind === 'comparison' && (expr.op === '=' || expr.op === '<=>')) {
      const { left, right } = expr;
      if (isSchemaName(left) && isSchemaConstant(right)) asked.push(right);
      if (isSchemaName(right) && isSchemaConstant(left)) asked.push(left);
    }
    if (expr.kind === 'in' && !expr.not && isSchemaName(expr.operand)) {
      if (expr.right.kind === 'listArg') asked.push(expr.right);
      if (expr.right.kind === 'tuple') asked.push(...expr.right.items.filter(isSchemaConstant));
    }
  });
  return asked;
}

function valuesOf(expr: Expr, bindVariables: BindVariables, current: string): string[] {
  if (isDatabaseCall(expr)) return [current];
  switch (expr.kind) {
    case 'literal':
      return [expr.value];
    case 'arg':
      return expr.name in bindVariables ? [bindVariables[expr.name].value.toString('utf8')] : [];
    case 'listArg':
      return (bindVariables[expr.name]?.values ?? []).map((item) => item.value.toString('utf8'));
    default:
      return [];
  }
}
