import {
  compileTemplate,
  nameParameters,
  normalize,
  parse,
  splitStatements,
  syntaxError,
  type Execute,
  type Expr,
  type LexOptions,
  type Prepare,
} from '@vitess-ts/sqlparser';
import { nullBindVariable, type BindVariable, type BindVariables } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Session } from '../session/session';

/** Most statements that a session may keep prepared (MySQL's max_prepared_stmt_count is for the whole server). */
const MAX_PREPARED = 1024;

/** PREPARE name FROM 'text' or @variable. Throws what the text's own errors are, so that they come now. */
export function prepareStatement(statement: Prepare, session: Session, lexOptions: LexOptions): void {
  const text = sourceText(statement, session);
  // Like MySQL, an earlier statement of the name is gone also when the new one is wrong.
  session.preparedStatements.delete(nameOf(statement));
  const pieces = splitStatements(text, lexOptions);
  if (pieces.length > 1) throw syntaxError(text, pieces[1].start);
  parse(text, lexOptions);
  if (session.preparedStatements.size >= MAX_PREPARED) {
    const message = `Can't create more than max_prepared_stmt_count statements (current value: ${MAX_PREPARED})`;
    throw new SqlError(1461, '42000', message);
  }
  session.preparedStatements.set(nameOf(statement), text);
}

function sourceText({ source }: Prepare, session: Session): string {
  if (source.kind === 'literal') return source.value;
  if (source.kind === 'userVar') {
    return (session.userVariables.get(source.name.toLowerCase()) ?? nullBindVariable()).value.toString(
      'utf8',
    );
  }
  throw new VtError(
    Code.UNIMPLEMENTED,
    'unsupported: PREPARE from an expression; assign it to a user variable and prepare from that',
    { id: 'VT12001', errno: 1235, sqlstate: '42000' },
  );
}

/** The text and values of EXECUTE. Throws 1243 for a name that is not prepared, 1210 for another number of values. */
export function preparedCall(
  statement: Execute,
  session: Session,
  lexOptions: LexOptions,
): { sql: string; bindVariables: BindVariables } {
  const sql = session.preparedStatements.get(nameOf(statement));
  if (sql === undefined) throw unknownHandler(statement.name, 'EXECUTE');
  const values = statement.using.map((expr) => valueOf(expr, session));
  return bindParameters(sql, values, lexOptions, 'EXECUTE');
}

/**
 * A statement with values for its positional parameters, as the executor takes it: as `v1`, `v2`, .., or as literals in
 * a statement that is not normalised. Throws 1210 for another number of values than it has parameters.
 */
export function bindParameters(
  sql: string,
  values: readonly BindVariable[],
  lexOptions: LexOptions,
  command: string,
): { sql: string; bindVariables: BindVariables } {
  const { params, normalized } = normalize(sql, lexOptions);
  const named = normalized ? undefined : nameParameters(sql, lexOptions);
  if ((named?.count ?? params) !== values.length) {
    throw new SqlError(1210, 'HY000', `Incorrect arguments to ${command}`);
  }
  const bindVariables: BindVariables = {};
  for (const [i, value] of values.entries()) bindVariables[`v${i + 1}`] = value;
  if (named === undefined || named.count === 0) return { sql, bindVariables };
  const { noBackslashEscapes, encoding = 'utf8' } = lexOptions;
  const text = compileTemplate(named.text, lexOptions).render(bindVariables, { noBackslashEscapes });
  return { sql: text.toString(encoding), bindVariables: {} };
}

/** DEALLOCATE PREPARE and DROP PREPARE. */
export function deallocateStatement(name: string, session: Session): void {
  if (!session.preparedStatements.delete(name.toLowerCase()))
    throw unknownHandler(name, 'DEALLOCATE PREPARE');
}

const nameOf = (statement: { name: string }): string => statement.name.toLowerCase();

function valueOf(expr: Expr, session: Session): BindVariables[string] {
  if (expr.kind === 'userVar') {
    return session.userVariables.get(expr.name.toLowerCase()) ?? nullBindVariable();
  }
  throw new VtError(Code.UNIMPLEMENTED, 'unsupported: EXECUTE .. USING anything but user variables', {
    id: 'VT12001',
    errno: 1235,
    sqlstate: '42000',
  });
}

function unknownHandler(name: string, verb: string): SqlError {
  return new SqlError(1243, 'HY000', `Unknown prepared statement handler (${name}) given to ${verb}`);
}
