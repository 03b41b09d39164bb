import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import type {
  Begin,
  Commit,
  ReleaseSavepoint,
  Rollback,
  RollbackTo,
  Savepoint,
  SetTransaction,
} from '@vitess-ts/sqlparser';
import type { StatementCall } from '../executor/statement-call';
import type { Transactions } from '../executor/transactions';
import type { Session, TransactionCharacteristics } from '../session/session';

/** BEGIN, COMMIT, ROLLBACK and savepoints (MySQL manual, Transactional and Locking Statements). */
export class TransactionStatements {
  constructor(private readonly transactions: Transactions) {}

  /** BEGIN inside a transaction commits the open one first. */
  async begin(statement: Begin, { session, call }: StatementCall): Promise<Result> {
    if (session.inTransaction) await this.transactions.commit(session, call);
    const characteristics: TransactionCharacteristics = {};
    if (statement.access) characteristics.readOnly = statement.access === 'read only';
    if (statement.consistentSnapshot) characteristics.consistentSnapshot = true;
    this.transactions.begin(session, characteristics);
    return emptyResult();
  }

  async commit(statement: Commit, { session, call }: StatementCall): Promise<Result> {
    refuseChainAndRelease(statement);
    if (session.inTransaction) await this.transactions.commit(session, call);
    return emptyResult();
  }

  async rollback(statement: Rollback, { session, call }: StatementCall): Promise<Result> {
    refuseChainAndRelease(statement);
    if (session.inTransaction) await this.transactions.rollback(session, call);
    return emptyResult();
  }

  /** Outside a transaction a savepoint ends with its own statement: nothing to do. */
  async savepoint(statement: Savepoint, { session, call }: StatementCall): Promise<Result> {
    if (!session.inTransaction && !session.autocommit) this.transactions.begin(session, {});
    if (session.inTransaction) {
      await this.transactions.savepoint(session, statement.name, call);
    }
    return emptyResult();
  }

  async rollbackTo(statement: RollbackTo, { session, call }: StatementCall): Promise<Result> {
    this.checkSavepoint(session, statement.name);
    await this.transactions.rollbackTo(session, statement.name, call);
    return emptyResult();
  }

  async release(statement: ReleaseSavepoint, { session, call }: StatementCall): Promise<Result> {
    this.checkSavepoint(session, statement.name);
    await this.transactions.releaseSavepoint(session, statement.name, call);
    return emptyResult();
  }

  setTransaction(statement: SetTransaction, { session }: StatementCall): Promise<Result> {
    if (statement.scope === 'global') throw globalScopeRefused();
    if (statement.scope === undefined && session.inTransaction) {
      throw new SqlError(
        1568,
        '25001',
        "Transaction characteristics can't be changed while a transaction is in progress",
      );
    }
    const characteristics: TransactionCharacteristics = {};
    if (statement.isolation) {
      characteristics.isolation =
        statement.isolation.toUpperCase() as TransactionCharacteristics['isolation'];
    }
    if (statement.access) characteristics.readOnly = statement.access === 'read only';
    if (statement.scope === 'session') {
      session.transactionDefaults = { ...session.transactionDefaults, ...characteristics };
      if (!session.inTransaction) session.transaction = { ...session.transactionDefaults };
    } else {
      session.transaction = { ...session.transaction, ...characteristics };
    }
    return Promise.resolve(emptyResult());
  }

  private checkSavepoint(session: Session, name: string): void {
    if (this.transactions.hasSavepoint(session, name)) return;
    throw new SqlError(1305, '42000', `SAVEPOINT ${name} does not exist`);
  }
}

export function globalScopeRefused(): SqlError {
  const text = 'Access denied; you need (at least one of) the SUPER privilege(s) for this operation';
  return new SqlError(1227, '42000', text);
}

function refuseChainAndRelease(statement: Commit | Rollback): void {
  if (!statement.chain && !statement.release) return;
  const what = statement.chain ? 'AND CHAIN' : 'RELEASE';
  throw new VtError(
    Code.UNIMPLEMENTED,
    `unsupported: ${statement.kind} ${what}; send it without, then what follows`,
    {
      id: 'VT12001',
      errno: 1235,
      sqlstate: '42000',
    },
  );
}
