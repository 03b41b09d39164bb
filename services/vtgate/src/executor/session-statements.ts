import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import type { Statement } from '@vitess-ts/sqlparser';
import type { AdministrationStatements } from '../statements/administration';
import type { AlterVSchemaStatements } from '../statements/alter-vschema';
import type { DescribeStatements } from '../statements/describe';
import { deallocateStatement } from '../statements/prepared';
import type { SetStatements } from '../statements/set';
import type { ShowStatements } from '../statements/show';
import type { TransactionStatements } from '../statements/transaction';
import { selectTarget } from '../statements/use';
import type { VExplainStatements } from '../statements/vexplain';
import type { Gateway } from './gateway';
import type { StatementCall } from './statement-call';

export interface StatementFamilies {
  transactions: TransactionStatements;
  set: SetStatements;
  show: ShowStatements;
  describe: DescribeStatements;
  vexplain: VExplainStatements;
  administration: AdministrationStatements;
  vschema: AlterVSchemaStatements;
}

/** Statements that are about the session, or that any one server answers: everything but SELECT, DML and DDL. */
export class SessionStatements {
  constructor(
    private readonly gateway: Gateway,
    private readonly families: StatementFamilies,
  ) {}

  async *execute(statement: Statement, call: StatementCall): AsyncGenerator<Result> {
    yield await this.result(statement, call);
  }

  private async result(statement: Statement, call: StatementCall): Promise<Result> {
    const { transactions, set, show, describe, vexplain, administration, vschema } = this.families;
    switch (statement.kind) {
      case 'begin':
        return transactions.begin(statement, call);
      case 'commit':
        return transactions.commit(statement, call);
      case 'rollback':
        return transactions.rollback(statement, call);
      case 'savepoint':
        return transactions.savepoint(statement, call);
      case 'rollbackTo':
        return transactions.rollbackTo(statement, call);
      case 'releaseSavepoint':
        return transactions.release(statement, call);
      case 'setTransaction':
        return transactions.setTransaction(statement, call);
      case 'set':
        return set.set(statement, call);
      case 'show':
        return show.show(statement, call);
      case 'use':
        selectTarget(call.session, statement.target, this.gateway);
        return emptyResult();
      case 'describe':
        return describe.describe(statement, call);
      case 'explain':
        return describe.explain(statement, call);
      case 'vexplain':
        return vexplain.vexplain(statement, call);
      case 'do':
        return administration.do(statement, call);
      case 'tableAdmin':
        return administration.tables(statement, call);
      case 'alterVschema':
        return vschema.alter(statement, call);
      case 'deallocate':
        deallocateStatement(statement.name, call.session);
        return emptyResult();
      case 'commentOnly':
        throw new SqlError(1065, '42000', 'Query was empty');
      case 'unlockTables':
        // Nothing can be locked, so nothing is held.
        return emptyResult();
      default:
        throw unsupported(statement);
    }
  }
}

const advice: Partial<Record<Statement['kind'], string>> = {
  lockTables:
    'LOCK TABLES through vtgate; use a transaction with SELECT .. FOR UPDATE (mysqldump: --single-transaction, or ' +
    '--skip-lock-tables)',
  flush: "FLUSH through vtgate; send it to each tablet's server",
  kill: 'KILL through gRPC; send it over the MySQL protocol',
  call: 'CALL through vtgate; run the statements of the procedure',
  setStatement: 'SET STATEMENT through vtgate; use SET SESSION around the statement',
  loadData: 'LOAD DATA through vtgate; use INSERT statements of many rows',
  explainConnection: 'EXPLAIN FOR CONNECTION through vtgate',
};

function unsupported(statement: Statement): VtError {
  const name = 'verb' in statement ? String(statement.verb).toUpperCase() : statement.kind.toUpperCase();
  const text =
    advice[statement.kind] ?? `${name} through vtgate; send it to the shard's own server, or use vtctl`;
  return new VtError(Code.UNIMPLEMENTED, `unsupported: ${text}`, {
    id: 'VT12001',
    errno: 1235,
    sqlstate: '42000',
  });
}
