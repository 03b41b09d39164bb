import type { Statement } from '@vitess-ts/sqlparser';
import type { PrimitiveDescription } from '../engine/primitive';
import type { Plan } from './plan';

/** The JSON text of VEXPLAIN PLAN. */
export function describePlan(plan: Plan, statement: Statement, sql: string): string {
  return JSON.stringify(
    {
      Type: plan.type,
      QueryType: queryType(statement),
      Original: sql,
      Instructions: describePrimitive(plan.primitive.describe()),
      TablesUsed: plan.tablesUsed,
    },
    undefined,
    '\t',
  );
}

/** The kind of a statement as VEXPLAIN names it. */
export function queryType(statement: Statement): string {
  switch (statement.kind) {
    case 'setOperation':
    case 'nested':
    case 'values':
    case 'tableQuery':
      return 'SELECT';
    case 'insert':
      return statement.verb.toUpperCase();
    default:
      return statement.kind.toUpperCase();
  }
}

/** One operator as VEXPLAIN prints it. */
export function describePrimitive(description: PrimitiveDescription): Record<string, unknown> {
  const { operatorType, variant, keyspace, other, inputs } = description;
  return {
    OperatorType: operatorType,
    ...(variant === undefined ? {} : { Variant: variant }),
    ...(keyspace === undefined ? {} : { Keyspace: { Name: keyspace.name, Sharded: keyspace.sharded } }),
    ...other,
    ...(inputs === undefined || inputs.length === 0 ? {} : { Inputs: inputs.map(describePrimitive) }),
  };
}
