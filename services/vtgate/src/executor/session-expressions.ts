import type {
  Expr,
  FunctionCall,
  SelectExpr,
  Statement,
  SystemVariable,
  UserVariable,
} from '@vitess-ts/sqlparser';
import {
  int64BindVariable,
  nullBindVariable,
  stringBindVariable,
  uint64BindVariable,
  type BindVariable,
  type BindVariables,
} from '@vitess-ts/sqltypes';
import { contains, rewrite, type Kinded } from '../planner/syntax-tree';
import type { Session } from '../session/session';
import { SYSTEM_SCHEMAS, type Backend } from './backend';

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

/** Those that MySQL gives as BIGINT UNSIGNED, or as BIGINT; a bind variable alone would be as narrow as its value. */
const castTypes: Partial<Record<SessionFunction, string>> = {
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
 * know it. A select item without alias keeps the column name that its text gives.
 */
export function replaceSessionValues(
  statement: Statement,
  backend: Backend,
  session: Session,
): ReplacedStatement {
  const replacer = new Replacer(backend, session, readsSystemSchema(statement));
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

class Replacer {
  readonly values: SessionValue[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly session: Session,
    /** DATABASE() then means the server's own name of the database, which the rows hold. */
    private readonly keepDatabase: boolean,
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
      case 'assign':
        // The variable on the left is a target; the planner decides what becomes of the assignment.
        return node;
      default:
        return undefined;
    }
  }

  private selectExpr(item: SelectExpr): SelectExpr | undefined {
    const expr = this.statement(item.expr);
    if (expr === item.expr) return item;
    return { ...item, expr, alias: item.alias ?? item.text };
  }

  private function(call: FunctionCall): Expr | undefined {
    if (call.args.length > 0 || call.keyspace !== undefined) return undefined;
    const known = sessionFunctions.get(call.name);
    if (known === undefined || (known === 'database' && this.keepDatabase)) return undefined;
    const arg = this.argument({ source: 'function', function: known });
    const type = castTypes[known];
    return type === undefined ? arg : { kind: 'cast', operand: arg, type: { name: type, array: false } };
  }

  private systemVariable(variable: SystemVariable): Expr | undefined {
    if (variable.scope !== undefined && variable.scope !== 'session') return undefined;
    if (this.backend.sessionVariable(this.session, variable.name) === undefined) return undefined;
    return this.argument({ source: 'systemVariable', variable: variable.name });
  }

  private userVariable(variable: UserVariable): Expr {
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

function readsSystemSchema(statement: Statement): boolean {
  return contains(statement, (node) => {
    const { keyspace } = node as { keyspace?: unknown };
    return (
      node.kind === 'table' && typeof keyspace === 'string' && SYSTEM_SCHEMAS.has(keyspace.toLowerCase())
    );
  });
}

function valueOf(value: SessionValue, session: Session, backend: Backend): BindVariable {
  switch (value.source) {
    case 'function':
      return functionValue(value.function, session, backend);
    case 'userVariable':
      return session.userVariables.get(value.variable) ?? nullBindVariable();
    case 'systemVariable': {
      const text = backend.sessionVariable(session, value.variable);
      if (text === undefined) return nullBindVariable();
      return /^\d+$/.test(text) ? int64BindVariable(BigInt(text)) : stringBindVariable(text);
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
