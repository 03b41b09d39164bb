import type { Expr, Select, Statement, UserVariable } from '@vitess-ts/sqlparser';
import {
  Type,
  bindVariableOf,
  emptyResult,
  isBinary,
  isFloat,
  isIntegral,
  isUnsigned,
  type Result,
} from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { isPure } from '../planner/semantics/pure-functions';
import { contains, isQuery, rewrite } from '../planner/syntax-tree';
import type { Session } from '../session/session';

/** User variables that the rows of a SELECT set: they live in the session, never on a shard's connection. */
export interface VariableTargets {
  /** `into`: SELECT .. INTO @a, which shows no rows. `assign`: SELECT @a := x, which shows its row as well. */
  kind: 'into' | 'assign';
  /** One for each column; undefined for a column that sets none. */
  names: (string | undefined)[];
}

export interface SeparatedStatement {
  statement: Statement;
  targets?: VariableTargets;
}

/**
 * Takes the setting of user variables out of a statement, for the gate to do. Throws VT12001 where a variable would
 * change from row to row.
 */
export function separateVariables(statement: Statement): SeparatedStatement {
  if (isQuery(statement) && statement.into?.type === 'variables') {
    const names = statement.into.variables.map((v) => v.name.toLowerCase());
    return { statement: { ...statement, into: undefined }, targets: { kind: 'into', names } };
  }
  if (!contains(statement, (node) => node.kind === 'assign')) return { statement };
  if (!isQuery(statement)) throw perRow();
  // Another query assigns row by row, where its rows are put together.
  return statement.kind === 'select' && isOneRow(statement) ? separateAssignments(statement) : { statement };
}

/** `SELECT @a := 1, @b := @a + 1`: evaluated from left to right. */
function separateAssignments(select: Select): SeparatedStatement {
  const assigned = new Map<string, Expr>();
  const names: (string | undefined)[] = [];
  // A value may be written where its variable is read again, if it is the same each time.
  let isRepeatable = true;
  const items = select.items.map((item) => {
    if (item.kind !== 'selectExpr') throw perRow();
    const isAssignment = item.expr.kind === 'assign';
    const source = item.expr.kind === 'assign' ? item.expr.value : item.expr;
    const expr = rewrite(source, (node) =>
      node.kind === 'userVar' ? assigned.get((node as UserVariable).name.toLowerCase()) : undefined,
    );
    const name = item.expr.kind === 'assign' ? item.expr.target.name.toLowerCase() : undefined;
    names.push(name);
    if (name !== undefined) {
      isRepeatable &&= item === select.items.at(-1) || isPure(withoutVariables(source));
      assigned.set(name, expr);
    }
    return isAssignment || expr !== item.expr ? { ...item, expr, alias: item.alias ?? item.text } : item;
  });
  const statement: Select = { ...select, items };
  if (!isRepeatable || contains(statement, (node) => node.kind === 'assign')) return { statement: select };
  return { statement, targets: { kind: 'assign', names } };
}

/** A user variable keeps its value while the statement runs. */
const withoutVariables = (expr: Expr): Expr =>
  rewrite(expr, (node) => (node.kind === 'userVar' ? { kind: 'null' } : undefined));

const isOneRow = (select: Select): boolean =>
  select.from.length === 0 && select.limit === undefined && select.where === undefined && !select.groupBy;

function perRow(): VtError {
  return new VtError(
    Code.UNIMPLEMENTED,
    'unsupported: assignment of a user variable inside a statement that writes; use SET @variable = ..',
    { id: 'VT12001', errno: 1235, sqlstate: '42000' },
  );
}

/** Sets the variables of `assign` from the rows as they pass. */
export async function* assignVariables(
  results: AsyncIterable<Result>,
  names: VariableTargets['names'],
  session: Session,
): AsyncGenerator<Result> {
  let types: number[] | undefined;
  for await (const result of results) {
    types ??= result.fields.map((f) => f.type);
    for (let i = 0; i < result.rows.length; i++) setVariables(result.rows.row(i), types, names, session);
    yield result;
  }
}

/** Reads the one row of SELECT .. INTO. Throws 1172 for more rows, 1222 for another number of columns. */
export async function selectInto(
  results: AsyncIterable<Result>,
  names: VariableTargets['names'],
  session: Session,
): Promise<Result> {
  let types: number[] | undefined;
  let row: (Buffer | null)[] | undefined;
  for await (const { fields, rows } of results) {
    types ??= fields.map((f) => f.type);
    if (types.length !== names.length) {
      throw new SqlError(1222, '21000', 'The used SELECT statements have a different number of columns');
    }
    if (rows.length === 0) continue;
    if (row !== undefined || rows.length > 1) {
      throw new SqlError(1172, '42000', 'Result consisted of more than one row');
    }
    row = rows.row(0);
  }
  if (row === undefined || types === undefined) {
    const message = 'No data - zero rows fetched, selected, or processed';
    session.warnings.push({ level: 'Warning', code: 1329, message });
    return emptyResult();
  }
  setVariables(row, types, names, session);
  return emptyResult({ rowsAffected: 1n });
}

function setVariables(
  row: readonly (Buffer | null)[],
  types: readonly number[],
  names: VariableTargets['names'],
  session: Session,
): void {
  for (const [i, name] of names.entries()) {
    if (name !== undefined) setUserVariable(session, name, types[i], row[i]);
  }
}

/** A user variable is an integer, a decimal, a double or a string, whatever the type of its value was. */
export function setUserVariable(session: Session, name: string, type: number, value: Buffer | null): void {
  session.userVariables.set(name.toLowerCase(), bindVariableOf(variableType(type), value));
}

function variableType(type: number): number {
  if (isUnsigned(type)) return Type.UINT64;
  if (isIntegral(type)) return Type.INT64;
  if (isFloat(type)) return Type.FLOAT64;
  if (type === Type.DECIMAL) return type;
  return isBinary(type) ? Type.VARBINARY : Type.VARCHAR;
}
