import type { Describe, Explain } from '@vitess-ts/sqlparser';
import { quoteName, quoteString, print } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Backend } from '../executor/backend';
import type { PlannedStatements } from '../executor/planned-statements';
import { sqlText } from '../planner/sql-text';
import type { StatementCall } from '../executor/statement-call';

/** DESCRIBE and EXPLAIN: answered by a server that has the table. */
export class DescribeStatements {
  constructor(
    private readonly backend: Backend,
    private readonly planned: PlannedStatements,
  ) {}

  describe(statement: Describe, call: StatementCall): Promise<Result> {
    const { table, column } = statement;
    const keyspace = this.planned.keyspaceOfTable(table, call.session);
    const like = column === undefined ? '' : ` like ${quoteString(column)}`;
    return this.backend.query(
      call.session,
      call.call,
      keyspace,
      `show columns from ${quoteName(table.name)}${like}`,
    );
  }

  /** Of a statement over several shards, the plan that one of them makes of its part is shown. */
  async explain(statement: Explain, call: StatementCall): Promise<Result> {
    const { session } = call;
    const plan = this.planned.plan(statement.statement, print(statement.statement), session);
    const keyspaces = new Set(plan.tablesUsed.map((table) => table.slice(0, table.indexOf('.'))));
    const [keyspace = session.target.keyspace] = keyspaces;
    if (keyspaces.size > 1) {
      throw new VtError(
        Code.UNIMPLEMENTED,
        'unsupported: EXPLAIN of a statement over several keyspaces; use VEXPLAIN PLAN',
        { id: 'VT12001', errno: 1235, sqlstate: '42000' },
      );
    }
    if (keyspace === '') throw new SqlError(1046, '3D000', 'No database selected');
    const format = statement.format === undefined ? '' : ` format=${statement.format}`;
    const verb = statement.analyze ? 'analyze' : 'explain';
    const option = statement.option === undefined ? '' : ` ${statement.option}`;
    const text = sqlText(statement.statement, { dialect: this.backend.flavor });
    return this.backend.query(session, call.call, keyspace, `${verb}${option}${format} ${text}`);
  }
}
