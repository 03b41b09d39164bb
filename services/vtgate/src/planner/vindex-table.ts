import type { Expr, Select, SelectItem, Statement, TableRef } from '@vitess-ts/sqlparser';
import { columnName } from '@vitess-ts/sqlparser';
import { isSingleColumn, type Vindex } from '@vitess-ts/vindexes';
import { VtError } from '@vitess-ts/vterrors';
import { unsupported } from '../engine/unsupported';
import { VindexFunc, vindexColumns, type VindexColumnName } from '../engine/vindex-func';
import { listOf, valueOf } from './operators/value';
import type { Plan, PlanningContext } from './plan';
import { unknownColumn } from './semantics/errors';

/**
 * The plan of `select .. from vindex where id = ..`, which shows where values lie. Undefined for statements about
 * tables: a table hides a vindex of its name.
 */
export function planVindexTable(statement: Statement, planning: PlanningContext): Plan | undefined {
  if (statement.kind !== 'select' || statement.from.length !== 1 || planning.target?.destination)
    return undefined;
  const [from] = statement.from;
  if (from.kind !== 'table') return undefined;
  const keyspace = from.keyspace ?? planning.target?.keyspace;
  const vindex = vindexNamed(planning, keyspace, from.name);
  if (vindex === undefined) return undefined;
  const owner = keyspace ?? keyspaceOf(planning, vindex);
  if (!isSingleColumn(vindex) || vindex.needsVCursor) {
    throw unsupported(
      `the vindex ${from.name} as a table: it needs ${vindex.needsVCursor ? 'queries' : 'several columns'}`,
      'select from its lookup table, or use VEXPLAIN',
    );
  }
  const { sharded } = planning.vschema.keyspace(owner);
  const primitive = new VindexFunc({
    keyspace: { name: owner, sharded },
    vindex,
    ...condition(statement, from),
    columns: statement.items.flatMap((item) => columnsOf(item, from)),
  });
  return { type: 'Local', primitive, tablesUsed: [], isDml: false };
}

function vindexNamed(
  { vschema, tabletType }: PlanningContext,
  keyspace: string | undefined,
  name: string,
): Vindex | undefined {
  if (keyspace !== undefined && !vschema.keyspaces.has(keyspace)) return undefined;
  const vindex = vschema.findVindex(keyspace, name);
  if (vindex === undefined) return undefined;
  try {
    vschema.findTable(keyspace, name, tabletType);
    return undefined;
  } catch (error) {
    if (error instanceof VtError && error.errno === NO_SUCH_TABLE) return vindex;
    throw error;
  }
}

const NO_SUCH_TABLE = 1146;

function keyspaceOf({ vschema }: PlanningContext, vindex: Vindex): string {
  const [name] = [...vschema.keyspaces].find(
    ([, keyspace]) => keyspace.vindexes.get(vindex.name) === vindex,
  ) ?? [''];
  return name;
}

/** `id = value` or `id in (..)`, and nothing else that would choose or change rows. */
function condition(select: Select, from: TableRef): Pick<VindexFunc['options'], 'value' | 'list'> {
  const { where } = select;
  const others = [
    select.groupBy,
    select.having,
    select.limit,
    select.with,
    ...select.orderBy,
    ...select.windows,
  ];
  const isPlain = others.every((part) => part === undefined) && !select.distinct;
  if (isPlain && where?.kind === 'comparison' && where.op === '=' && where.quantifier === undefined) {
    const { left, right } = where;
    const value = isId(left, from) ? valueOf(right) : isId(right, from) ? valueOf(left) : undefined;
    if (value !== undefined) return { value };
  }
  if (
    isPlain &&
    where?.kind === 'in' &&
    !where.not &&
    isId(where.operand, from) &&
    where.right.kind !== 'subquery'
  ) {
    const list = listOf(where.right);
    if (list !== undefined) return { list };
  }
  throw unsupported(
    'a query of a vindex with other clauses than WHERE id = .. or id IN (..)',
    'select from it in that form alone',
  );
}

function isId(expr: Expr, from: TableRef): boolean {
  return expr.kind === 'column' && nameOf(expr, from) === 'id';
}

function columnsOf(item: SelectItem, from: TableRef): VindexFunc['options']['columns'] {
  if (item.kind === 'star') return vindexColumns.map((column) => ({ column, name: column }));
  if (item.kind !== 'selectExpr' || item.expr.kind !== 'column') {
    throw unsupported('an expression over columns of a vindex', 'select the columns themselves');
  }
  return [{ column: nameOf(item.expr, from), name: columnName(item) }];
}

function nameOf({ table, name }: Extract<Expr, { kind: 'column' }>, from: TableRef): VindexColumnName {
  const found = vindexColumns.find((column) => column === name.toLowerCase());
  const isOwn = table === undefined || table === (from.alias ?? from.name);
  if (found === undefined || !isOwn)
    throw unknownColumn(table === undefined ? name : `${table}.${name}`, 'field list');
  return found;
}
