import { compileTemplate, print, type Statement, type VExplain } from '@vitess-ts/sqlparser';
import { Type, makeField, type Result } from '@vitess-ts/sqltypes';
import { SqlError, vtError } from '@vitess-ts/vterrors';
import type { Backend } from '../executor/backend';
import type { PlannedStatements } from '../executor/planned-statements';
import { integerField, textField, textResult } from '../executor/rows';
import type { StatementCall } from '../executor/statement-call';
import type { TracedQuery } from '../engine/trace/primitive-trace';
import { isQuery } from '../planner/syntax-tree';
import { describePlan, describePrimitive } from '../planner/vexplain';

/** Queries that VEXPLAIN COST asks servers about; more are shown without an answer. */
const MAX_EXPLAINED = 100;

/**
 * VEXPLAIN PLAN shows how a statement would run, KEYS which columns it uses. The others run it and drop its rows:
 * QUERIES shows what went to which shard, TRACE what each primitive did, ALL how a server runs the query of each
 * route, COST what each query to each shard gave and took, and how the server runs it. A write must be allowed to run.
 */
export class VExplainStatements {
  constructor(
    private readonly backend: Backend,
    private readonly planned: PlannedStatements,
  ) {}

  async vexplain(statement: VExplain, call: StatementCall): Promise<Result> {
    const { type, statement: inner } = statement;
    switch (type) {
      case 'plan':
        return this.plan(inner, call);
      case 'keys':
        return jsonResult('ColumnUsage', this.planned.columnUsage(inner, call.session));
      default:
        checkMayRun(statement, call);
        return this.run(type, inner, call);
    }
  }

  private run(
    type: Exclude<VExplain['type'], 'plan' | 'keys'>,
    statement: Statement,
    call: StatementCall,
  ): Promise<Result> {
    switch (type) {
      case 'queries':
        return this.queries(statement, call);
      case 'trace':
        return this.trace(statement, call);
      case 'all':
        return this.all(statement, call);
      case 'cost':
        return this.cost(statement, call);
    }
  }

  private plan(statement: Statement, call: StatementCall): Result {
    const text = print(statement);
    const plan = this.planned.plan(statement, text, call.session);
    return textResult([jsonField('JSON')], [[describePlan(plan, statement, text)]]);
  }

  private async queries(statement: Statement, call: StatementCall): Promise<Result> {
    const rows: string[][] = [];
    await this.planned.runTraced(statement, call, (shard, query) => {
      rows.push([String(rows.length), shard.keyspace, shard.shard, textOf({ query })]);
    });
    return textResult(
      [integerField('#'), textField('keyspace'), textField('shard'), textField('query')],
      rows,
    );
  }

  private async trace(statement: Statement, call: StatementCall): Promise<Result> {
    const { primitive } = await this.planned.trace(statement, call);
    return jsonResult('Trace', describePrimitive(primitive.describe()));
  }

  private async all(statement: Statement, call: StatementCall): Promise<Result> {
    const { primitive, traces } = await this.planned.trace(statement, call);
    for (const trace of traces) {
      const [query] = trace.queries;
      if (query !== undefined) trace.explain = await this.explain(query, call);
    }
    return jsonResult('VExplain', describePrimitive(primitive.describe()));
  }

  private async cost(statement: Statement, call: StatementCall): Promise<Result> {
    const { traces } = await this.planned.trace(statement, call);
    const rows: (string | null)[][] = [];
    for (const traced of traces.flatMap((trace) => trace.queries)) {
      const { shard, ms, bytes } = traced;
      const explain = rows.length < MAX_EXPLAINED ? await this.explain(traced, call) : undefined;
      rows.push([
        String(rows.length),
        shard.keyspace,
        shard.shard,
        textOf(traced),
        String(traced.rows),
        String(bytes),
        ms.toFixed(3),
        explain === undefined ? null : JSON.stringify(explain),
      ]);
    }
    const fields = [
      ...[integerField('#'), textField('keyspace'), textField('shard'), textField('query')],
      ...[integerField('rows'), integerField('bytes'), textField('ms', 20), jsonField('explain')],
    ];
    return textResult(fields, rows);
  }

  /** Undefined for what the server cannot explain: a statement of another kind, or over a table that is gone. */
  private async explain(traced: TracedQuery, { session, call }: StatementCall): Promise<unknown> {
    const sql = textOf(traced);
    if (!/^\s*[(]*\s*(?:select|insert|replace|update|delete|with|values|table)\b/i.test(sql))
      return undefined;
    try {
      return await this.backend.explain(session, call, traced.shard, sql);
    } catch (error) {
      if (error instanceof SqlError) return { error: error.message };
      throw error;
    }
  }
}

/** Throws VT09008 for a write without the directive EXECUTE_DML_QUERIES. */
function checkMayRun({ statement }: VExplain, { directives }: StatementCall): void {
  if (!isQuery(statement) && !directives.executeDml) throw vtError('VT09008');
}

function textOf({ query }: Pick<TracedQuery, 'query'>): string {
  return compileTemplate(query.sql).render(query.bindVariables).toString();
}

const jsonField = (name: string) => makeField(name, Type.VARCHAR, { charset: 33 });

function jsonResult(name: string, value: unknown): Result {
  return textResult([jsonField(name)], [[JSON.stringify(value, undefined, '\t')]]);
}
