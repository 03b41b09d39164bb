import type { Describe, Explain } from '@vitess-ts/sqlparser';
import { print } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Backend } from '../executor/backend';
import type { PlannedStatements } from '../executor/planned-statements';
import { quoteName, stringLiteral } from '../executor/sql-text';
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
    const like = column === undefined ? '' : ` like ${stringLiteral(column)}`;
    return this.backend.query(
      call.session,
      call.call,
      keyspace,
      `show columns from ${quoteName(table.name)}${like}`,
    );
  }

  /** Only where one shard runs the statement as it is: elsewhere no single MySQL plan is the truth. */
  async explain(statement: Explain, call: StatementCall): Promise<Result> {
    const plan = this.planned.plan(statement.statement, print(statement.statement), call.session);
    const [first] = plan.tablesUsed;
    const keyspace = first === undefined ? call.session.target.keyspace : first.slice(0, first.indexOf('.'));
    if (plan.type !== 'Passthrough') {
      throw new VtError(
        Code.UNIMPLEMENTED,
        'unsupported: EXPLAIN of a statement on a sharded keyspace; use VEXPLAIN PLAN, or USE one shard first',
        { id: 'VT12001', errno: 1235, sqlstate: '42000' },
      );
    }
    if (keyspace === '') throw new SqlError(1046, '3D000', 'No database selected');
    const format = statement.format === undefined ? '' : ` format=${statement.format}`;
    const verb = statement.analyze ? 'analyze' : 'explain';
    const option = statement.option === undefined ? '' : ` ${statement.option}`;
    const text = sqlText(statement.statement, { dialect: 'mariadb' });
    return this.backend.query(call.session, call.call, keyspace, `${verb}${option}${format} ${text}`);
  }
}
