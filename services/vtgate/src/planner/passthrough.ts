import { anyShard, type Destination } from '@vitess-ts/key';
import type { Query, Select, Statement, TableRef } from '@vitess-ts/sqlparser';
import type { KeyspaceVSchema, Table } from '@vitess-ts/vindexes';
import { Dml } from '../engine/dml';
import type { Routing } from '../engine/routing';
import { Route } from '../engine/route';
import type { Plan, PlanningContext } from './plan';
import { PlanContext } from './plan-context';
import { planTypeOf } from './plan-type';
import { findTable } from './semantics/known-table';
import { fieldQuery, isSystemSchema } from './sql-text';
import { isQuery, rewrite, walk } from './syntax-tree';

type Dmls = Extract<Statement, { kind: 'insert' | 'update' | 'delete' }>;

const isDmlStatement = (statement: Statement): statement is Dmls =>
  statement.kind === 'insert' || statement.kind === 'update' || statement.kind === 'delete';

/**
 * The plan of a query or DML statement that one database answers as it is: all its tables are in one unsharded
 * keyspace, or the session names the shards. Undefined when neither is so.
 */
export function passthrough(statement: Statement, planning: PlanningContext): Plan | undefined {
  if (!isQuery(statement) && !isDmlStatement(statement)) return undefined;
  const context = new PlanContext(planning, false, () => {
    throw new TypeError('a statement that passes through is never planned again');
  });
  const named = namedTables(statement);
  const destination = planning.target?.destination;
  if (destination !== undefined && planning.target !== undefined) {
    const keyspace = planning.vschema.keyspace(planning.target.keyspace);
    const tables = named.map((t) => `${t.keyspace ?? keyspace.name}.${t.name}`);
    return direct(statement, keyspace, { opcode: 'ByDestination', destination }, tables, context);
  }
  const own = named.filter((t) => !isSystemSchema(t.keyspace));
  if (own.length === 0) return undefined;
  const tables = own.map((t) =>
    findTable(context.vschema, t.keyspace ?? context.keyspace, t.name, context.tabletType),
  );
  const [{ keyspace }] = tables;
  if (keyspace.sharded || tables.some((t) => t.keyspace !== keyspace)) return undefined;
  if (statement.kind === 'insert' && tables.some((t) => t.autoIncrement !== undefined)) return undefined;
  const isNext = statement.kind === 'select' && statement.items.some((item) => item.kind === 'next');
  return direct(
    renamed(statement, own, tables),
    keyspace,
    { opcode: isNext ? 'Next' : 'Unsharded' },
    tables.map((t) => `${t.keyspace.name}.${t.name}`),
    context,
  );
}

/** The plan of a query that reads nothing but the server's own schemas, or no table at all. */
export function systemQuery(query: Query, planning: PlanningContext): Plan | undefined {
  const named = namedTables(query);
  if (named.length === 0 || !named.every((t) => isSystemSchema(t.keyspace))) return undefined;
  const context = new PlanContext(planning, false, () => {
    throw new TypeError('a statement that passes through is never planned again');
  });
  const destination: Destination = anyShard;
  const keyspace = context.anyKeyspace();
  const tables = named.map((t) => `${t.keyspace}.${t.name}`);
  return direct(query, keyspace, { opcode: 'ByDestination', destination }, tables, context);
}

interface NamedTable {
  keyspace?: string;
  name: string;
}

/** Each table that a statement names, common tables aside. */
export function namedTables(statement: Statement): NamedTable[] {
  const common = new Set<string>();
  walk(statement, (node) => {
    for (const cte of (node as Partial<Select>).with?.ctes ?? []) common.add(cte.name);
  });
  const tables: NamedTable[] = [];
  walk(statement, (node) => {
    if (node.kind === 'tableQuery') tables.push((node as unknown as { table: NamedTable }).table);
    if (node.kind !== 'table') return;
    const { keyspace, name } = node as TableRef;
    if (keyspace === undefined && common.has(name)) return;
    tables.push({ keyspace, name });
  });
  if (statement.kind === 'insert') tables.push(statement.table);
  return tables;
}

function direct(
  statement: Query | Dmls,
  keyspace: KeyspaceVSchema,
  routing: Routing,
  tables: string[],
  context: PlanContext,
): Plan {
  const common = { keyspace: { name: keyspace.name, sharded: keyspace.sharded }, routing };
  const tablesUsed = [...new Set(tables)].sort();
  const sql = context.sql(statement);
  if (isQuery(statement)) {
    const primitive = new Route({
      ...common,
      query: sql,
      fieldQuery: context.sql(fieldQuery(statement)),
      tables: tablesUsed,
    });
    return { type: 'Passthrough', primitive, tablesUsed, isDml: false };
  }
  const operators = { insert: 'Insert', update: 'Update', delete: 'Delete' } as const;
  const primitive = new Dml({
    ...common,
    operator: operators[statement.kind],
    query: sql,
    tables: tablesUsed,
  });
  const severalShards =
    routing.opcode === 'ByDestination' &&
    !['shard', 'keyspaceId', 'anyShard'].includes(routing.destination.kind);
  return { type: severalShards ? planTypeOf(primitive) : 'Passthrough', primitive, tablesUsed, isDml: true };
}

/** The tables that routing rules gave other names, under those; the statement goes on knowing them by the old. */
function renamed<T extends Query | Dmls>(
  statement: T,
  named: readonly NamedTable[],
  tables: readonly Table[],
): T {
  if (named.every((t, i) => t.name === tables[i].name)) return statement;
  const names = new Map(named.map((t, i) => [`${t.keyspace ?? ''}.${t.name}`, tables[i].name]));
  const renamedParts = rewrite(statement as object, (node) => {
    if (node.kind !== 'table') return undefined;
    const ref = node as TableRef;
    const name = names.get(`${ref.keyspace ?? ''}.${ref.name}`);
    return name === undefined || name === ref.name
      ? undefined
      : { ...ref, name, alias: ref.alias ?? ref.name };
  }) as T;
  if (renamedParts.kind !== 'insert') return renamedParts;
  const { table } = renamedParts;
  return {
    ...renamedParts,
    table: { ...table, name: names.get(`${table.keyspace ?? ''}.${table.name}`) ?? table.name },
  };
}
