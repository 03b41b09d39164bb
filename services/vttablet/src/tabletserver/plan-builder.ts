import {
  compileTemplate,
  parse,
  preview,
  type Expr,
  type LexOptions,
  type PreviewKind,
  type Statement,
} from '@vitess-ts/sqlparser';
import type { BindVariables } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { PlanKind, QueryPlan } from './plan';
import { tableOf } from './plan-table';
import { unrepeatable } from './twopc/unrepeatable';

type Shape = Pick<
  QueryPlan,
  'kind' | 'table' | 'temporary' | 'limitable' | 'sequence' | 'unrepeatable' | 'ownClock' | 'savepoint'
>;

const savepointActions = { savepoint: 'set', rollbackTo: 'rollback', releaseSavepoint: 'release' } as const;

/**
 * Plans a statement: what kind it is decides which connection it gets and which rules it must keep. What our parser
 * does not read goes by its first word; mysqld has the last word on syntax.
 */
export function buildPlan(sql: string, options?: LexOptions): QueryPlan {
  const template = compileTemplate(sql, options);
  const shape = shapeOf(sql, options);
  return {
    ...shape,
    name: /^[\s(]*(\w+)/.exec(sql)?.[1].toUpperCase() ?? 'statement',
    render: (bindVariables) => template.render(bindVariables, options),
  };
}

/** Rows for a scratch table: much text that says nothing more about where it goes. */
const scratchRows = /^insert into (_vt_scratch_\d+) /;

function shapeOf(sql: string, options: LexOptions | undefined): Shape {
  const scratch = scratchRows.exec(sql);
  if (scratch !== null) return { ...plain('dml'), table: scratch[1] };
  let statement: Statement;
  try {
    statement = parse(sql, options);
  } catch (error) {
    if (error instanceof SqlError) {
      return {
        ...plain(kindOfPreview(preview(sql, options))),
        unrepeatable: 'syntax that vttablet cannot read',
      };
    }
    throw error;
  }
  return { ...shapeOfStatement(statement), table: tableOf(statement) };
}

function shapeOfStatement(statement: Statement): Shape {
  if (statement.kind === 'select' && statement.items[0]?.kind === 'next') {
    const table = statement.from[0];
    if (table?.kind !== 'table') throw new VtError(Code.INVALID_ARGUMENT, 'SELECT NEXT needs one table');
    const { count } = statement.items[0];
    return { ...plain('nextval'), sequence: { table: table.name, count: (bv) => countOf(count, bv) } };
  }
  if (statement.kind === 'ddl') {
    return { ...plain('ddl'), temporary: statement.temporary };
  }
  if (statement.kind === 'setStatement') {
    // It has limits of its own in front, which do not nest.
    const ownClock = statement.variables.every((v) => v.name === 'timestamp');
    return {
      ...plain(kindOf(statement.statement)),
      limitable: false,
      ownClock,
      unrepeatable: ownClock ? unrepeatable(statement.statement) : 'SET STATEMENT',
    };
  }
  const kind = kindOf(statement);
  if (kind === 'dml') return { ...plain(kind), unrepeatable: unrepeatable(statement) };
  if (
    statement.kind === 'savepoint' ||
    statement.kind === 'rollbackTo' ||
    statement.kind === 'releaseSavepoint'
  ) {
    const action = savepointActions[statement.kind];
    return { ...plain(kind), savepoint: { action, name: statement.name } };
  }
  return plain(kind);
}

const limitableKinds: ReadonlySet<PlanKind> = new Set(['select', 'dml', 'ddl', 'call', 'show']);

function plain(kind: PlanKind): Shape {
  return { kind, temporary: false, limitable: limitableKinds.has(kind) };
}

function kindOf(statement: Statement): PlanKind {
  switch (statement.kind) {
    case 'select':
    case 'setOperation':
    case 'values':
    case 'tableQuery':
    case 'nested':
      return 'select';
    case 'insert':
    case 'update':
    case 'delete':
    case 'loadData':
      return 'dml';
    case 'ddl':
      return 'ddl';
    case 'set':
    case 'setTransaction':
      return 'set';
    case 'setStatement':
      return kindOf(statement.statement);
    case 'explain':
      // ANALYZE runs the statement that it explains.
      return statement.analyze ? kindOf(statement.statement) : 'show';
    case 'show':
    case 'explainConnection':
    case 'describe':
      return 'show';
    case 'savepoint':
    case 'rollbackTo':
    case 'releaseSavepoint':
      return 'savepoint';
    case 'lockTables':
    case 'unlockTables':
    case 'prepare':
    case 'execute':
    case 'deallocate':
      return 'session';
    case 'call':
      return 'call';
    case 'flush':
    case 'kill':
    case 'do':
    case 'tableAdmin':
    case 'otherAdmin':
    case 'commentOnly':
      return 'other';
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'use':
    case 'vexplain':
    case 'vstream':
    case 'alterVschema':
    case 'alterMigration':
    case 'revertMigration':
      return 'refused';
  }
}

function kindOfPreview(kind: PreviewKind): PlanKind {
  switch (kind) {
    case 'select':
      return 'select';
    case 'insert':
    case 'replace':
    case 'update':
    case 'delete':
    case 'load':
      return 'dml';
    case 'ddl':
      return 'ddl';
    case 'set':
      return 'set';
    case 'show':
    case 'explain':
      return 'show';
    case 'savepoint':
    case 'release':
      return 'savepoint';
    case 'lock':
    case 'unlock':
    case 'prepare':
    case 'execute':
    case 'deallocate':
      return 'session';
    case 'call':
      return 'call';
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'use':
    case 'vexplain':
    case 'vstream':
    case 'revert':
      return 'refused';
    case 'flush':
    case 'kill':
    case 'other':
    case 'commentOnly':
    case 'unknown':
      return 'other';
  }
}

/** How many values a SELECT NEXT asks for: a number, or a bind variable that holds one. */
function countOf(count: Expr, bindVariables: BindVariables): bigint {
  let text: string | undefined;
  if (count.kind === 'literal') text = count.value;
  else if (count.kind === 'arg') text = bindVariables[count.name]?.value.toString();
  if (text === undefined || !/^\d+$/.test(text)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `SELECT NEXT needs a number of values, not '${text ?? count.kind}'`,
    );
  }
  return BigInt(text);
}
