import { compileTemplate, print, type Statement, type VExplain } from '@vitess-ts/sqlparser';
import { Type, makeField, type Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { PlannedStatements } from '../executor/planned-statements';
import { integerField, textField, textResult } from '../executor/rows';
import type { StatementCall } from '../executor/statement-call';
import { describePlan } from '../planner/vexplain';

/** VEXPLAIN PLAN shows how a statement would run; VEXPLAIN QUERIES runs it and shows what went to which shard. */
export class VExplainStatements {
  constructor(private readonly planned: PlannedStatements) {}

  vexplain(statement: VExplain, call: StatementCall): Promise<Result> {
    switch (statement.type) {
      case 'plan':
        return Promise.resolve(this.plan(statement.statement, call));
      case 'queries':
        return this.queries(statement.statement, call);
      default:
        throw new VtError(
          Code.UNIMPLEMENTED,
          `unsupported: VEXPLAIN ${statement.type.toUpperCase()}; use VEXPLAIN PLAN or VEXPLAIN QUERIES`,
          { id: 'VT12001', errno: 1235, sqlstate: '42000' },
        );
    }
  }

  private plan(statement: Statement, call: StatementCall): Result {
    const text = print(statement);
    const plan = this.planned.plan(statement, text, call.session);
    return textResult(
      [makeField('JSON', Type.VARCHAR, { charset: 33 })],
      [[describePlan(plan, statement, text)]],
    );
  }

  private async queries(statement: Statement, call: StatementCall): Promise<Result> {
    const rows: string[][] = [];
    await this.planned.runTraced(statement, call, (shard, query) => {
      const sql = compileTemplate(query.sql).render(query.bindVariables).toString();
      rows.push([String(rows.length), shard.keyspace, shard.shard, sql]);
    });
    return textResult(
      [integerField('#'), textField('keyspace'), textField('shard'), textField('query')],
      rows,
    );
  }
}
