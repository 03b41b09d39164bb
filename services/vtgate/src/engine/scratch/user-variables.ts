import { nullBindVariable, type BindVariables } from '@vitess-ts/sqltypes';
import { quoteName } from '@vitess-ts/sqlparser';
import type { ScratchAccess, ScratchConnection } from './scratch-access';

const nameOf = (variable: string): string => `@${quoteName(variable)}`;

/** Gives a connection the session's user variables, so that the query may read and assign them row by row. */
export async function lendVariables(
  names: readonly string[],
  scratch: ScratchAccess,
  connection: ScratchConnection,
): Promise<void> {
  const bindVariables: BindVariables = {};
  const assignments = names.map((name, i) => {
    bindVariables[`__uv${i}`] = scratch.userVariable(name) ?? nullBindVariable();
    return `${nameOf(name)} = :__uv${i}`;
  });
  await connection.execute({ sql: `set ${assignments.join(', ')}`, bindVariables });
}

/** Takes over what the query has made of them. */
export async function takeVariables(
  names: readonly string[],
  scratch: ScratchAccess,
  connection: ScratchConnection,
): Promise<void> {
  const sql = `select ${names.map(nameOf).join(', ')}`;
  const { fields, rows } = await connection.execute({ sql, bindVariables: {} });
  for (const [i, name] of names.entries()) scratch.setUserVariable(name, fields[i].type, rows.value(0, i));
}
