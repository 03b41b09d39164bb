import { parse, type Expr } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import type { PlanContext } from './plan-context';

/**
 * What a column holds in a row that is inserted without it, as an expression; undefined when the column has no default,
 * or nothing is known of it.
 */
export function columnDefault(table: Table, column: string, context: PlanContext): Expr | undefined {
  const schema = context.planning.tableSchema?.(table.keyspace.name, table.name);
  const tracked = schema?.columns.find((c) => c.name.toLowerCase() === column.toLowerCase());
  if (tracked === undefined || tracked.autoIncrement || tracked.generated) return undefined;
  const { defaultValue: text, nullable, extra } = tracked;
  if (text === undefined) return nullable ? { kind: 'null' } : undefined;
  // MariaDB gives an expression; MySQL the value itself, unless it says that it is generated.
  const isExpression = context.planning.dialect === 'mariadb' || /DEFAULT_GENERATED|on update/i.test(extra);
  return isExpression || /^current_timestamp/i.test(text)
    ? parsed(text)
    : { kind: 'literal', type: 'string', value: text };
}

function parsed(text: string): Expr | undefined {
  const statement = parse(`select ${text}`, {});
  if (statement.kind !== 'select') return undefined;
  const [item] = statement.items;
  return item.kind === 'selectExpr' ? item.expr : undefined;
}
