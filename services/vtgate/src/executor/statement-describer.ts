import {
  nameParameters,
  normalize,
  parse,
  splitStatements,
  syntaxError,
  type LexOptions,
  type Limit,
  type Statement,
} from '@vitess-ts/sqlparser';
import { listBindVariable, nullBindVariable, type BindVariables, type Field } from '@vitess-ts/sqltypes';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { walk, type Kinded } from '../planner/syntax-tree';
import type { Session } from '../session/session';
import { lexOptionsOf } from '../variables/session-variables';
import type { ClientCall } from './client-call';
import { noDirectives } from './directives';
import type { PlannedStatements } from './planned-statements';
import type { SessionStatements } from './session-statements';
import type { StatementCall } from './statement-call';
import { StatementStats } from './statement-stats';
import type { Transactions } from './transactions';

/** What is known of a statement before it runs. */
export interface StatementDescription {
  /** Number of positional parameters. */
  parameters: number;
  /** False when its values go into the text as literals (SET, DO, ..). */
  normalized: boolean;
  /** Columns of its rows; empty when it gives none, or when only running it tells. */
  fields: Field[];
  /** Positions, from 0, of parameters of LIMIT and OFFSET, which must be whole numbers in a statement's text. */
  limitParameters: ReadonlySet<number>;
}

/** Statements that cannot be prepared, by their first word. */
const refusedVerbs: ReadonlySet<string> = new Set(['PREPARE', 'EXECUTE', 'DEALLOCATE']);

/** Describes statements for the prepared statement protocol and for gRPC's Prepare. Nothing that they say is done. */
export class StatementDescriber {
  constructor(
    private readonly flavor: 'mariadb' | 'mysql',
    private readonly planned: PlannedStatements,
    private readonly sessionStatements: SessionStatements,
    private readonly transactions: Transactions,
  ) {}

  /** Rejects with what is wrong with the statement as far as it can be seen without running it. */
  async describe(
    session: Session,
    sql: string,
    call: ClientCall,
    encoding: 'utf8' | 'latin1' = 'utf8',
  ): Promise<StatementDescription> {
    const lexOptions: LexOptions = { ...lexOptionsOf(session), flavor: this.flavor, encoding };
    const pieces = splitStatements(sql, lexOptions);
    if (pieces.length > 1) throw syntaxError(sql, pieces[1].start);
    if (pieces.length === 0) throw new SqlError(1065, '42000', 'Query was empty');
    const query = normalize(sql, lexOptions);
    if (refusedVerbs.has(query.verb)) throw notPreparable();
    const statement = parse(query.text, lexOptions);
    const bindVariables = query.normalized ? unboundArguments(statement, query.bindVars) : {};
    const parameters = query.normalized
      ? Object.keys(bindVariables).length
      : nameParameters(query.text, lexOptions).count;
    return this.aside(session, call, async (own) => {
      const stats = new StatementStats(own, sql, bindVariables, call);
      const statementCall: StatementCall = {
        session: own,
        sql,
        bindVariables,
        call,
        stats,
        directives: noDirectives,
      };
      const fields = query.normalized
        ? await this.planned.fields(query, statementCall, lexOptions)
        : await this.fieldsOf(statement, parameters, statementCall);
      const { normalized } = query;
      return { parameters, normalized, fields, limitParameters: limitParametersOf(statement) };
    });
  }

  /** SHOW and its kin change nothing, so that they may run to tell their columns. */
  private async fieldsOf(statement: Statement, parameters: number, call: StatementCall): Promise<Field[]> {
    const isHarmless = ['show', 'describe', 'explain'].includes(statement.kind);
    if (!isHarmless || parameters > 0) return [];
    for await (const result of this.sessionStatements.execute(statement, call)) return result.fields;
    return [];
  }

  /**
   * Works on a copy of the session, so that its transaction stays as it is: no shard joins it, none of its locks is
   * waited for. Connections that hold temporary tables are shared, for these are seen on no other.
   */
  private async aside<T>(session: Session, call: ClientCall, work: (own: Session) => Promise<T>): Promise<T> {
    const reserved = session.shardSessions.filter((s) => s.reservedId !== 0n);
    if (reserved.length > 0) return work({ ...session, warnings: [], autocommit: true });
    const own: Session = {
      ...session,
      shardSessions: [],
      warnings: [],
      inTransaction: false,
      autocommit: true,
      savepoints: [],
    };
    try {
      return await work(own);
    } finally {
      if (own.shardSessions.length > 0) await this.transactions.releaseAll(own, call);
    }
  }
}

/** ER_UNSUPPORTED_PS. */
export function notPreparable(): SqlError {
  return new SqlError(1295, 'HY000', 'This command is not supported in the prepared statement protocol yet', {
    code: Code.UNIMPLEMENTED,
  });
}

/** NULL for each value that the statement waits for: a parameter, or a bind variable that its text names. */
function unboundArguments(statement: Statement, literals: BindVariables): BindVariables {
  const unbound: BindVariables = {};
  walk(statement, (node) => {
    if (node.kind !== 'arg' && node.kind !== 'listArg') return;
    const { name } = node as Kinded & { name: string };
    if (Object.hasOwn(literals, name)) return;
    const none = nullBindVariable();
    unbound[name] = node.kind === 'arg' ? none : listBindVariable([none]);
  });
  return unbound;
}

function limitParametersOf(statement: Statement): Set<number> {
  const positions = new Set<number>();
  const note = (expr: Limit['count'] | undefined): void => {
    if (expr?.kind !== 'arg') return;
    const match = /^v(\d+)$/.exec(expr.name);
    if (match !== null) positions.add(Number(match[1]) - 1);
  };
  walk(statement, (node: Kinded) => {
    const { limit } = node as { limit?: Limit };
    note(limit?.count);
    note(limit?.offset);
  });
  return positions;
}
