import type {
  Expr,
  FunctionCall,
  SelectExpr,
  Statement,
  SystemVariable,
  UserVariable,
} from '@vitess-ts/sqlparser';
import {
  Type,
  bindVariable,
  int64BindVariable,
  nullBindVariable,
  stringBindVariable,
  uint64BindVariable,
  type BindVariable,
  type BindVariables,
} from '@vitess-ts/sqltypes';
import { contains, intLiteral, rewrite, type Kinded } from '../planner/syntax-tree';
import type { Session } from '../session/session';
import type { Backend } from './backend';

/** A value of the session that a statement reads, and the bind variable that carries it. */
export type SessionValue =
  | { name: string; source: 'function'; function: SessionFunction }
  | { name: string; source: 'systemVariable'; variable: string }
  | { name: string; source: 'userVariable'; variable: string };

type SessionFunction =
  'database' | 'last_insert_id' | 'found_rows' | 'row_count' | 'user' | 'version' | 'connection_id';

/** Functions without arguments whose answer is the session's, not the shard's; each spelling with its meaning. */
const sessionFunctions: ReadonlyMap<string, SessionFunction> = new Map([
  ['database', 'database'],
  ['schema', 'database'],
  ['last_insert_id', 'last_insert_id'],
  ['found_rows', 'found_rows'],
  ['row_count', 'row_count'],
  ['user', 'user'],
  ['current_user', 'user'],
  ['session_user', 'user'],
  ['system_user', 'user'],
  ['version', 'version'],
  ['connection_id', 'connection_id'],
]);

/**
 * Those that MySQL gives as BIGINT UNSIGNED, or as BIGINT; a bind variable alone would be as narrow as its value, and
 * so would a cast of one.
 */
const integerTypes: Partial<Record<SessionFunction, 'unsigned' | 'signed'>> = {
  last_insert_id: 'unsigned',
  found_rows: 'signed',
  row_count: 'signed',
};

export interface ReplacedStatement {
  statement: Statement;
  values: SessionValue[];
}

/**
 * Makes bind variables of what a statement reads of its session: connections to shards are shared, so a shard cannot
 * know it. A select item without alias keeps the column name that its text gives. What comes out depends on the types
 * of the session's user variables, and on which system variables the gate answers for it.
 */
export function replaceSessionValues(
  statement: Statement,
  backend: Backend,
  session: Session,
): ReplacedStatement {
  const assigns = contains(statement, (node) => node.kind === 'assign');
  const replacer = new Replacer(backend, session, assigns);
  return { statement: replacer.statement(statement), values: replacer.values };
}

/** The values as bind variables, for one run. */
export function sessionBindVariables(
  values: readonly SessionValue[],
  session: Session,
  backend: Backend,
): BindVariables {
  const bindVariables: BindVariables = {};
  for (const value of values) bindVariables[value.name] = valueOf(value, session, backend);
  return bindVariables;
}

/**
 * An integer as a BIGINT, which it is in MySQL when it does not come out of the text: a number in the text is only as
 * wide as it is long, and so is its CAST.
 */
export function wideInteger(expr: Expr, type: 'signed' | 'unsigned'): Expr {
  if (type === 'unsigned') return { kind: 'binary', op: '|', left: expr, right: intLiteral(0) };
  const widest: Expr = { kind: 'literal', type: 'int', value: '9223372036854775807' };
  return { kind: 'function', name: 'ifnull', args: [expr, widest] };
}

class Replacer {
  readonly values: SessionValue[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly session: Session,
    /** The statement changes them as it goes, so it reads them itself. */
    private readonly keepsUserVariables: boolean,
  ) {}

  statement<T extends object>(part: T): T {
    return rewrite(part, (node) => this.replace(node));
  }

  private replace(node: Kinded): object | undefined {
    switch (node.kind) {
      case 'selectExpr':
        return this.selectExpr(node as SelectExpr);
      case 'function':
        return this.function(node as FunctionCall);
      case 'systemVar':
        return this.systemVariable(node as SystemVariable);
      case 'userVar':
        return this.userVariable(node as UserVariable);
      default:
        return undefined;
    }
  }

  private selectExpr(item: SelectExpr): SelectExpr | undefined {
    const expr = this.statement(item.expr);
    if (expr === item.expr) return item;
    return { ...item, expr: this.wide(expr), alias: item.alias ?? item.text };
  }

  /** Elsewhere than as a whole select item the bare bind variable stays, by which a statement can be routed. */
  private wide(expr: Expr): Expr {
    if (expr.kind !== 'arg') return expr;
    const value = this.values.find((v) => v.name === expr.name);
    if (value === undefined) return expr;
    const type = this.integerType(value);
    if (type !== undefined) return wideInteger(expr, type);
    const isNull =
      value.source !== 'systemVariable' && valueOf(value, this.session, this.backend).type === Type.NULL_TYPE;
    // A user variable without a value is a string, and so is the database that is not selected.
    return isNull ? { kind: 'cast', operand: expr, type: { name: 'char', array: false } } : expr;
  }

  private integerType(value: SessionValue): 'signed' | 'unsigned' | undefined {
    if (value.source === 'function') return integerTypes[value.function];
    const { type } = valueOf(value, this.session, this.backend);
    if (type === Type.UINT64) return 'unsigned';
    return type === Type.INT64 ? 'signed' : undefined;
  }

  private function(call: FunctionCall): Expr | undefined {
    if (call.args.length > 0 || call.keyspace !== undefined) return undefined;
    const known = sessionFunctions.get(call.name);
    return known === undefined ? undefined : this.argument({ source: 'function', function: known });
  }

  private systemVariable(variable: SystemVariable): Expr | undefined {
    if (variable.scope !== undefined && variable.scope !== 'session') return undefined;
    if (this.backend.sessionVariable(this.session, variable.name) === undefined) return undefined;
    return this.argument({ source: 'systemVariable', variable: variable.name });
  }

  private userVariable(variable: UserVariable): Expr | undefined {
    if (this.keepsUserVariables) return undefined;
    return this.argument({ source: 'userVariable', variable: variable.name.toLowerCase() });
  }

  private argument(value: DistributiveOmit<SessionValue, 'name'>): Expr {
    const wanted = JSON.stringify(value);
    const known = this.values.find(({ name: _name, ...rest }) => JSON.stringify(rest) === wanted);
    const name = known?.name ?? `__session${this.values.length}`;
    if (known === undefined) this.values.push({ name, ...value });
    return { kind: 'arg', name };
  }
}

type DistributiveOmit<T, K extends keyof never> = T extends unknown ? Omit<T, K> : never;

function valueOf(value: SessionValue, session: Session, backend: Backend): BindVariable {
  switch (value.source) {
    case 'function':
      return functionValue(value.function, session, backend);
    case 'userVariable':
      return session.userVariables.get(value.variable) ?? nullBindVariable();
    case 'systemVariable': {
      const text = backend.sessionVariable(session, value.variable);
      // NULL is the one value that no text stands for: results come in the columns' own character sets.
      if (text === undefined || (text === '' && value.variable === 'character_set_results'))
        return nullBindVariable();
      if (/^\d+\.\d+$/.test(text)) return bindVariable(Type.FLOAT64, `${Number(text)}e0`);
      if (text === '0' || text === '1') return int64BindVariable(BigInt(text));
      return /^\d+$/.test(text) ? uint64BindVariable(BigInt(text)) : stringBindVariable(text);
    }
  }
}

function functionValue(name: SessionFunction, session: Session, backend: Backend): BindVariable {
  switch (name) {
    case 'database':
      return session.target.keyspace === ''
        ? nullBindVariable()
        : stringBindVariable(session.target.keyspace);
    case 'last_insert_id':
      return uint64BindVariable(session.lastInsertId);
    case 'found_rows':
      return int64BindVariable(session.foundRows);
    case 'row_count':
      return int64BindVariable(session.rowCount);
    case 'user':
      return stringBindVariable(`${session.user}@localhost`);
    case 'version':
      return stringBindVariable(backend.sessionVariable(session, 'version') ?? '');
    case 'connection_id':
      return int64BindVariable(session.connectionId);
  }
}
