import type { Expr, LockClause, Query, Select, SelectItem, TableQuery, TableRef } from '@vitess-ts/sqlparser';
import type { Column } from '@vitess-ts/vindexes';
import type { VtError } from '@vitess-ts/vterrors';
import type { Primitive } from '../../engine/primitive';
import { Scratch } from '../../engine/scratch/scratch';
import type { ScratchInput } from '../../engine/scratch/scratch-input';
import type { SystemInput } from '../../engine/scratch/system-table';
import { unsupported } from '../../engine/unsupported';
import type { PlanningContext } from '../plan';
import { PlanContext } from '../plan-context';
import { exprKey } from '../semantics/expr-key';
import { conjunction } from '../syntax-tree';
import { assignedVariables, setsLastInsertId, storedFunctions } from './checked-functions';
import { columnDefinition, type ReadColumn } from './column-definition';
import type { Reference } from './reference';
import { ReferenceCollector } from './references';
import { scratchQuery } from './scratch-query';
import { timeVariable, usesStatementTime } from './statement-time';
import { usedColumns, type UsedColumns } from './used-columns';

/** Most indexes of a scratch table. */
const MAX_INDEXES = 4;

/**
 * The plan of a query that runs nowhere else: its rows are gathered in scratch tables. `refusal` says why; it is thrown
 * when that cannot be done either. `planRead` plans the query that reads one table.
 */
export function planScratch(
  query: Query,
  planning: PlanningContext,
  refusal: VtError,
  planRead: (read: Select) => Primitive,
): { primitive: Primitive; tables: string[] } {
  if (query.into?.type === 'variables') throw refusal;
  const functions = storedFunctions(query, refusal);
  const userVariables = assignedVariables(query);
  const context = new PlanContext(planning, false, () => {
    throw new TypeError('a query over scratch tables is never planned again');
  });
  const collector = new ReferenceCollector(context.vschema, context.keyspace, context.tabletType);
  const references = collector.collect(query);
  const used = usedColumns(query);
  const groups = grouped(references, planning.dialect !== 'mariadb');
  const reads = groups.map((group) => readOf(group, used, planning));
  const inputs = groups.map(([{ table }], i): ScratchInput => {
    const columns = reads[i].columns.map((c) => c.column);
    return {
      name: scratchName(i),
      keyspace: table.keyspace.name,
      table: table.name,
      columns,
      indexes: columns
        .map((c) => c.name)
        .filter((name) => used.lookUps.has(name.toLowerCase()))
        .slice(0, MAX_INDEXES),
      read: planRead(reads[i].select),
    };
  });
  const names = new Map<TableRef | TableQuery, string>();
  for (const [i, group] of groups.entries()) for (const { node } of group) names.set(node, scratchName(i));
  const systemInputs = systemTables(collector.system, context, names);
  const keyspaces = [...new Set(inputs.map((i) => i.keyspace))];
  const primitive = new Scratch({
    inputs,
    ...(systemInputs.length > 0 ? { systemInputs } : {}),
    query: context.sql(scratchQuery(query, references, names)),
    keyspaces: keyspaces.length > 0 ? keyspaces : [context.anyKeyspace().name],
    dialect: planning.dialect ?? 'mysql',
    locks: references.some((r) => r.lock !== undefined),
    setsLastInsertId: setsLastInsertId(query),
    ...(reads.some((r) => usesStatementTime(r.select)) ? { timeVariable } : {}),
    ...(functions.length > 0 ? { functions } : {}),
    ...(userVariables.length > 0 ? { userVariables } : {}),
    ...(query.into === undefined ? {} : { onPrimary: true }),
  });
  const tables = inputs.map((i) => `${i.keyspace}.${i.table}`);
  return { primitive, tables: [...new Set(tables)].sort() };
}

/** No table of a keyspace has such a name: every tablet refuses to make one. */
const scratchName = (i: number): string => `_vt_scratch_${i}`;

/** One scratch table for each table of the servers' own schemas; notes its name for all that read it. */
function systemTables(
  tables: readonly TableRef[],
  { vschema }: PlanContext,
  names: Map<TableRef | TableQuery, string>,
): SystemInput[] {
  const inputs = new Map<string, SystemInput>();
  const keyspaces = [...vschema.keyspaces.keys()].sort();
  for (const node of tables) {
    const { keyspace: schema = '', name: table } = node;
    const key = `${schema}.${table}`.toLowerCase();
    const input = inputs.get(key) ?? { name: `_vt_scratch_s${inputs.size}`, schema, table, keyspaces };
    inputs.set(key, input);
    names.set(node, input.name);
  }
  return [...inputs.values()];
}

type Group = [Reference, ...Reference[]];

/** References that one scratch table serves. MySQL reads a temporary table once in a query only. */
function grouped(references: readonly Reference[], oneEach: boolean): Group[] {
  const groups = new Map<unknown, Group>();
  for (const reference of references) {
    const { table, partitions } = reference;
    const key = oneEach ? reference : JSON.stringify([table.keyspace.name, table.name, partitions]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [reference]);
    else group.push(reference);
  }
  return [...groups.values()];
}

function readOf(
  group: Group,
  used: UsedColumns,
  planning: PlanningContext,
): { select: Select; columns: ReadColumn[] } {
  const [{ table, partitions }] = group;
  const columns = columnsOf(group, used, planning);
  const lock = group.find((r) => r.lock?.strength === 'update')?.lock ?? group.find((r) => r.lock)?.lock;
  const locks: LockClause[] = lock === undefined ? [] : [{ ...lock, of: [] }];
  const select: Select = {
    kind: 'select',
    comments: [],
    distinct: false,
    options: [],
    items: columns.map((c): SelectItem => ({
      kind: 'selectExpr',
      expr: c.read,
      alias: c.column.name,
      text: '',
    })),
    from: [
      {
        kind: 'table',
        keyspace: table.keyspace.name,
        name: table.name,
        partitions: [...partitions],
        hints: [],
      },
    ],
    where: conditionOf(group),
    windows: [],
    orderBy: [],
    locks,
  };
  return { select, columns };
}

/** What every row meets that any of the references can use. */
function conditionOf(group: Group): Expr | undefined {
  const alternatives = new Map<string, Expr>();
  for (const { conditions } of group) {
    const condition = conjunction(conditions);
    if (condition === undefined) return undefined;
    alternatives.set(exprKey(condition), condition);
  }
  const operands = [...alternatives.values()];
  return operands.length === 1 ? operands[0] : { kind: 'or', operands };
}

function columnsOf(group: Group, used: UsedColumns, planning: PlanningContext): ReadColumn[] {
  const [{ table }] = group;
  const { keyspace, name, columns } = table;
  if (!table.columnListAuthoritative || columns.length === 0) {
    throw unsupported(
      `a query over several shards that needs all columns of ${keyspace.name}.${name}, which are not known`,
      'let the schema be tracked, or list the columns in the vschema',
    );
  }
  const usesAll = group.some((r) => r.usesAllColumns);
  const needed = columns.filter((c) => (usesAll && !c.invisible) || used.names.has(c.name.toLowerCase()));
  // A table has a visible column, whether anyone asks for it or not.
  if (!needed.some((c) => !c.invisible)) needed.unshift(cheapest(columns));
  const schema = planning.tableSchema?.(keyspace.name, name);
  return needed.map((column) => {
    const full = schema?.columns.find((c) => c.name.toLowerCase() === column.name.toLowerCase())?.columnType;
    const definition = columnDefinition(column, full === '' ? undefined : full);
    if (definition !== undefined) return definition;
    throw unsupported(
      `a query over several shards that needs the column ${keyspace.name}.${name}.${column.name}, whose type is not known`,
      'let the schema be tracked, or give the type in the vschema',
    );
  });
}

function cheapest(columns: readonly Column[]): Column {
  const visible = columns.filter((c) => !c.invisible);
  return visible.find((c) => c.size <= 20 && c.collation === '') ?? visible[0] ?? columns[0];
}
