import type { MysqlConnection } from '@vitess-ts/mysql';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { isMariaDB } from '../session-limits';
import type { QueryPlan } from '../plan';
import type { RedoStatement } from './redo-log';

/** Most bytes of statements that a transaction may have to be prepared. */
const MAX_BYTES = 16 << 20;

/** Session variables that decide what a statement means. */
const sessionVariables = [
  'sql_mode',
  'time_zone',
  'character_set_client',
  'collation_connection',
  'foreign_key_checks',
  'unique_checks',
  'auto_increment_increment',
  'auto_increment_offset',
  'default_week_format',
  'div_precision_increment',
  'group_concat_max_len',
  'lc_time_names',
  'old_mode',
  'sql_auto_is_null',
] as const;

/**
 * What an open transaction has written, so that it can be done again after a crash. Kept in memory until the transaction
 * is prepared, and then in the redo log.
 */
export class TransactionRecord {
  private statements: RedoStatement[] = [];
  /** Statements before each savepoint. */
  private savepoints: { name: string; at: number }[] = [];
  private settings?: RedoStatement;
  private bytes = 0;
  private problem?: string;

  constructor(
    /** Numbers of rows are those of CLIENT_FOUND_ROWS. */
    readonly foundRows: boolean,
    /** The session has a clock of its own: statements get no other. */
    readonly ownClock: boolean,
  ) {}

  get isEmpty(): boolean {
    return this.statements.length === 0 && this.problem === undefined;
  }

  /** The transaction cannot be prepared any more. */
  refuse(why: string): void {
    this.problem ??= why;
  }

  /** Before the session's settings change, for what was recorded meant the old ones. */
  async beforeSet(connection: MysqlConnection): Promise<void> {
    if (this.statements.length > 0) await this.readSettings(connection);
  }

  /** A statement has succeeded. `timestamp`: the clock that it was given, in seconds. */
  add(plan: QueryPlan, sql: Buffer, result: Result, timestamp: string | undefined): void {
    switch (plan.kind) {
      case 'dml':
        return this.addWrite(plan, sql, result, timestamp);
      case 'set':
        // Later statements are under it; before the first one it is among the settings.
        if (this.statements.length > 0) this.push({ statement: sql, timestamp: '', insertId: 0n });
        return;
      case 'savepoint':
        return this.atSavepoint(plan);
      case 'select':
      case 'show':
      case 'nextval':
        return;
      case 'ddl':
        if (!plan.temporary) this.refuse(`${plan.name} commits what was before it`);
        return;
      default:
        this.refuse(`${plan.name} cannot be done again from a log`);
    }
  }

  /**
   * The statements for the redo log; reads the session's settings. FAILED_PRECONDITION when doing them again might give
   * other rows.
   */
  async redoStatements(connection: MysqlConnection): Promise<RedoStatement[]> {
    if (this.problem !== undefined) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `cannot prepare the transaction: ${this.problem}; compute such values first and pass them in, or use ` +
          `transaction_mode MULTI`,
      );
    }
    await this.readSettings(connection);
    return this.settings === undefined ? this.statements : [this.settings, ...this.statements];
  }

  private addWrite(plan: QueryPlan, sql: Buffer, result: Result, timestamp: string | undefined): void {
    if (plan.unrepeatable !== undefined) return this.refuse(`it has ${plan.unrepeatable}`);
    if (timestamp === undefined && !this.ownClock && plan.ownClock !== true)
      return this.refuse(`${plan.name} could be given no clock`);
    this.push({
      statement: sql,
      timestamp: timestamp ?? '',
      insertId: result.insertId,
      affectedRows: result.rowsAffected,
    });
  }

  private push(statement: RedoStatement): void {
    this.bytes += statement.statement.length;
    if (this.bytes > MAX_BYTES) {
      this.statements = [];
      return this.refuse(`its statements are longer than ${MAX_BYTES} bytes`);
    }
    this.statements.push(statement);
  }

  private atSavepoint({ savepoint }: QueryPlan): void {
    if (savepoint === undefined) return this.refuse('a savepoint statement could not be read');
    const name = savepoint.name.toLowerCase();
    const at = this.savepoints.findIndex((s) => s.name === name);
    if (savepoint.action === 'set') {
      if (at >= 0) this.savepoints.splice(at, 1);
      this.savepoints.push({ name, at: this.statements.length });
      return;
    }
    if (at < 0) return;
    if (savepoint.action === 'rollback') {
      // Settings outlive a rollback.
      const undone = this.statements.splice(this.savepoints[at].at);
      this.statements.push(...undone.filter((s) => s.affectedRows === undefined && s.timestamp === ''));
      this.savepoints.length = at + 1;
    } else {
      this.savepoints.length = at;
    }
  }

  private async readSettings(connection: MysqlConnection): Promise<void> {
    if (this.settings !== undefined) return;
    if (!isMariaDB(connection)) {
      throw new VtError(
        Code.UNIMPLEMENTED,
        'unsupported: transaction_mode TWOPC on servers that are not MariaDB',
      );
    }
    const names = this.ownClock ? [...sessionVariables, 'timestamp'] : sessionVariables;
    const { rows } = await connection.query(
      `SELECT CONCAT_WS(', ', ${names.map((n) => `CONCAT('${n} = ', QUOTE(@@session.${n}))`).join(', ')})`,
    );
    const values = numbersBare(String(rows.value(0, 0)));
    this.settings = { statement: Buffer.from(`SET SESSION ${values}`), timestamp: '', insertId: 0n };
  }
}

/** Numeric variables do not take quoted numbers. */
function numbersBare(assignments: string): string {
  return assignments.replace(/ = '(\d+(?:\.\d+)?)'/g, ' = $1');
}
