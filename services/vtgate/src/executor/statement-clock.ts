import type { BoundQuery } from '@vitess-ts/queryservice';
import type { FunctionCall, Statement } from '@vitess-ts/sqlparser';
import { Type, bindVariable } from '@vitess-ts/sqltypes';
import { contains, type Kinded } from '../planner/syntax-tree';

/** The bind variable that carries a statement's time to its shards. */
const variable = '__statement_clock';

/** Functions that give the time at which a statement began; SYSDATE() is none of them. */
const clockFunctions: ReadonlySet<string> = new Set([
  'now',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'curdate',
  'current_date',
  'curtime',
  'current_time',
  'utc_date',
  'utc_time',
  'utc_timestamp',
  'unix_timestamp',
]);

/** Whether the statement's result depends on when it runs. */
export function readsClock(statement: Statement): boolean {
  return contains(
    statement,
    (node: Kinded) => node.kind === 'function' && clockFunctions.has((node as FunctionCall).name),
  );
}

/**
 * The one time of a statement that reaches several servers: all of them take it for the time at which the statement
 * began, in its functions and in the defaults of its columns. MariaDB's syntax.
 */
export class StatementClock {
  private readonly seconds: string;

  constructor(nowMs: number) {
    this.seconds = (nowMs / 1000).toFixed(6);
  }

  /** The queries under the statement's time. */
  set(queries: readonly BoundQuery[]): BoundQuery[] {
    return queries.map(({ sql, bindVariables }) => ({
      sql: `set statement timestamp = :${variable} for ${sql}`,
      bindVariables: { ...bindVariables, [variable]: bindVariable(Type.DECIMAL, this.seconds) },
    }));
  }
}
