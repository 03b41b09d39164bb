import { quoteString, printExpr, type Show } from '@vitess-ts/sqlparser';
import { RowBatch, type Result, type Row } from '@vitess-ts/sqltypes';
import type { Backend } from '../executor/backend';
import type { StatementCall } from '../executor/statement-call';

/** SHOW VARIABLES: the server's, with the values that the gate answers for this session in their place. */
export async function showVariables(statement: Show, call: StatementCall, backend: Backend): Promise<Result> {
  const scope = statement.scope === 'global' ? 'global ' : '';
  const filter = statement.like
    ? ` like ${quoteString(statement.like.value)}`
    : statement.where
      ? ` where ${printExpr(statement.where)}`
      : '';
  const sql = `show ${scope}variables${filter}`;
  const result = await backend.query(call.session, call.call, call.session.target.keyspace, sql);
  if (scope !== '') return result;
  const rows = result.rows.rows().map((row) => overlaid(row, call, backend));
  return { ...result, rows: RowBatch.from(result.fields.length, rows) };
}

function overlaid(row: Row, call: StatementCall, backend: Backend): Row {
  const [name, value] = row;
  if (name === null) return row;
  const own = backend.sessionVariable(call.session, name.toString('latin1').toLowerCase());
  if (own === undefined) return row;
  // SHOW writes switches as words.
  const isSwitch = value !== null && /^(ON|OFF)$/.test(value.toString('latin1'));
  const text = isSwitch ? (own === '1' ? 'ON' : 'OFF') : own;
  return [name, Buffer.from(text), ...row.slice(2)];
}
