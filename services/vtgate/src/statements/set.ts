import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import {
  printExpr,
  type Expr,
  type SetItem,
  type SetVariable,
  type SetVariables,
} from '@vitess-ts/sqlparser';
import {
  Type,
  emptyResult,
  isNumber,
  bindVariableOf,
  nullBindVariable,
  type BindVariable,
  type Result,
} from '@vitess-ts/sqltypes';
import type { Backend } from '../executor/backend';
import type { PlannedStatements } from '../executor/planned-statements';
import type { StatementCall } from '../executor/statement-call';
import type { Transactions } from '../executor/transactions';
import { setUserVariable } from '../executor/user-variables';
import type { AssignedValue } from '../variables/assigned-value';
import { setAwareVariable } from '../variables/aware';
import {
  globalOnlyVariables,
  keptVariables,
  sessionReadOnlyVariables,
  readOnlyVariables,
  refusedVariables,
} from '../variables/classes';
import { isCharsetVariable, setCharset, setClientCharset, setCollation } from '../variables/charset';
import { keepVariable, setStatementTime } from '../variables/kept';
import { canonicalSqlMode, checkSqlMode, shardSqlMode } from '../variables/sql-mode';
import { ReservedSettings } from './reserved-settings';
import { globalScopeRefused } from './transaction';

/** SET of system variables, user variables, NAMES and CHARACTER SET. */
export class SetStatements {
  private readonly reserved: ReservedSettings;

  constructor(
    private readonly backend: Backend,
    private readonly transactions: Transactions,
    private readonly planned: PlannedStatements,
  ) {
    this.reserved = new ReservedSettings(backend);
  }

  /** Items take effect from left to right; like MySQL, earlier ones stay when a later one fails. */
  async set(statement: SetVariables, call: StatementCall): Promise<Result> {
    for (const item of statement.items) await this.setItem(item, call);
    return emptyResult();
  }

  private async setItem(item: SetItem, call: StatementCall): Promise<void> {
    const { session } = call;
    switch (item.kind) {
      case 'setVariable':
        return this.setVariable(item, call);
      case 'setUserVariable': {
        const { type, value } = await this.evaluateTyped(item.value, call);
        setUserVariable(session, item.target.name, type, type === Type.NULL_TYPE ? null : value);
        return;
      }
      case 'setNames':
        return this.reserved.change(call, () => setCharset(session, item.charset, item.collation));
      case 'setCharacterSet':
        return this.reserved.change(call, () => setClientCharset(session, item.charset));
    }
  }

  private async setVariable(item: SetVariable, call: StatementCall): Promise<void> {
    const { session } = call;
    const { name } = item;
    if (item.scope === 'vitess_metadata') {
      throw new VtError(Code.UNIMPLEMENTED, 'unsupported: SET VITESS_METADATA', {
        id: 'VT12001',
        errno: 1235,
      });
    }
    if (item.scope !== undefined && item.scope !== 'session') throw globalScopeRefused();
    if (readOnlyVariables.has(name)) {
      throw new SqlError(1238, 'HY000', `Variable '${name}' is a read only variable`);
    }
    if (globalOnlyVariables.has(name)) {
      const text = `Variable '${name}' is a GLOBAL variable and should be set with SET GLOBAL`;
      throw new SqlError(1229, 'HY000', text);
    }
    if (sessionReadOnlyVariables.has(name)) {
      const text = `SESSION variable '${name}' is read-only. Use SET GLOBAL to assign the value`;
      throw new SqlError(1621, 'HY000', text);
    }
    const why = refusedVariables.get(name);
    if (why !== undefined) {
      throw new VtError(Code.UNIMPLEMENTED, `unsupported: SET ${name}: ${why}`, {
        id: 'VT12001',
        errno: 1235,
      });
    }
    const value = await this.evaluate(item.value, call);
    if (keptVariables.has(name)) return keepVariable(session, name, value);
    if (isCharsetVariable(name)) return this.reserved.change(call, () => setCollation(session, name, value));
    if (name === 'max_statement_time' && this.backend.flavor === 'mariadb') {
      return setStatementTime(session, value);
    }
    if (await setAwareVariable(session, name, value, this.transactions, call.call)) return;
    if (name === 'sql_mode') return this.setSqlMode(value, call);
    await this.setOnBackend(name, value, call);
  }

  private async setSqlMode(value: AssignedValue, call: StatementCall): Promise<void> {
    const { session } = call;
    if (value.isDefault || value.text === null) {
      session.gateVariables.delete('sql_mode');
      return this.setOnBackend('sql_mode', value, call);
    }
    checkSqlMode(value.text);
    const mode = canonicalSqlMode(value.text, this.backend.flavor);
    checkSqlMode(mode);
    await this.setOnBackend('sql_mode', { ...value, text: shardSqlMode(mode), isNumber: false }, call);
    session.gateVariables.set('sql_mode', mode);
  }

  /** A value that the backend has anyway costs nothing; another one is set on connections of the session's own. */
  private async setOnBackend(name: string, value: AssignedValue, call: StatementCall): Promise<void> {
    const { session } = call;
    if (value.isDefault) {
      if (session.systemVariables.delete(name)) await this.reserved.reset(call, [name]);
      return;
    }
    const before = session.systemVariables.get(name);
    if (before === undefined && (await this.hasOnBackend(name, value, call))) return;
    await this.reserved.change(call, () => session.systemVariables.set(name, literalOf(value)));
  }

  private async hasOnBackend(name: string, value: AssignedValue, call: StatementCall): Promise<boolean> {
    if (!/^[a-z_][a-z0-9_.]*$/.test(name))
      throw new SqlError(1193, 'HY000', `Unknown system variable '${name}'`);
    const literal = literalOf(value);
    // Compared by the server: it knows which texts are the same value (ON and 1, utf8 and utf8mb3). Byte for byte, so
    // that no collation makes different values equal.
    const sql = `select cast(@@session.${name} as char) <=> cast(${literal} as char) collate utf8mb4_bin`;
    const result = await this.backend.query(call.session, call.call, '', sql);
    return result.rows.length === 1 && result.rows.value(0, 0)?.toString() === '1';
  }

  private async evaluate(expr: Expr, call: StatementCall): Promise<AssignedValue> {
    const known = constantOf(expr);
    if (known !== undefined) return known;
    const typed = await this.evaluateTyped(expr, call);
    const text = typed.type === 0 ? null : typed.value.toString('utf8');
    return { text, isNumber: isNumber(typed.type), isDefault: false };
  }

  private async evaluateTyped(expr: Expr, call: StatementCall): Promise<BindVariable> {
    const result = await this.planned.select(`select ${printExpr(expr)}`, call);
    if (result.rows.length === 0) return nullBindVariable();
    return bindVariableOf(result.fields[0].type, result.rows.value(0, 0));
  }
}

function literalOf(value: AssignedValue): string {
  if (value.text === null) return 'null';
  return value.isNumber ? value.text : `'${value.text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The value of an expression that needs no server; undefined for all others. */
function constantOf(expr: Expr): AssignedValue | undefined {
  switch (expr.kind) {
    case 'keyword':
      return { text: expr.word, isNumber: false, isDefault: false };
    case 'default':
      return expr.column ? undefined : { text: null, isNumber: false, isDefault: true };
    case 'null':
      return { text: null, isNumber: false, isDefault: false };
    case 'bool':
      return { text: expr.value ? '1' : '0', isNumber: true, isDefault: false };
    case 'literal':
      if (expr.charset !== undefined || expr.encoding !== undefined) return undefined;
      if (expr.type === 'string') return { text: expr.value, isNumber: false, isDefault: false };
      return expr.type === 'int' || expr.type === 'decimal'
        ? { text: expr.value, isNumber: true, isDefault: false }
        : undefined;
    case 'column':
      // A bare word such as utf8mb4 or STRICT_TRANS_TABLES reads as a name.
      return expr.table === undefined ? { text: expr.name, isNumber: false, isDefault: false } : undefined;
    default:
      return undefined;
  }
}
