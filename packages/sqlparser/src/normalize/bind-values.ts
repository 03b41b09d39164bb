import { Type, bindVariable, type BindVariable } from '@vitess-ts/sqltypes';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import { stringValue } from '../lexer/values';

/** The bind variable of the literal at `start`..`end`; a number may carry its sign, `joined` strings are several. */
export function bindValueOf(
  sql: string,
  start: number,
  end: number,
  type: number,
  joined: boolean,
  options: LexOptions,
): BindVariable {
  switch (type) {
    case Token.STRING:
      if (joined || sql.charCodeAt(start) === UNDERSCORE) return stringBindValue(sql, start, end, options);
      return bindVariable(
        Type.VARCHAR,
        Buffer.from(stringValue(sql, start, end, options), options.encoding ?? 'utf8'),
      );
    case Token.INT:
      return number(intType(sql, start, end), sql, start, end);
    case Token.DECIMAL:
      return number(Type.DECIMAL, sql, start, end);
    case Token.FLOAT:
      return number(Type.FLOAT64, sql, start, end);
    case Token.HEXNUM:
      return number(Type.HEXNUM, sql, start, end);
    case Token.HEXVAL:
      return number(Type.HEXVAL, sql, start, end);
    default:
      return number(Type.BITNUM, sql, start, end);
  }
}

function number(type: number, sql: string, start: number, end: number): BindVariable {
  return bindVariable(type, Buffer.from(sql.slice(start, end), 'latin1'));
}

const MAX_INT64 = 9223372036854775807n;
const MAX_UINT64 = 18446744073709551615n;

function intType(sql: string, start: number, end: number): number {
  if (end - start < 19) return Type.INT64;
  const value = BigInt(sql.slice(start, end));
  if (value <= MAX_INT64 && value >= -MAX_INT64 - 1n) return Type.INT64;
  return value > 0n && value <= MAX_UINT64 ? Type.UINT64 : Type.DECIMAL;
}

/** One string, or several adjacent ones, which are one value; `_binary` before it makes it a VARBINARY. */
function stringBindValue(sql: string, start: number, end: number, options: LexOptions): BindVariable {
  const binary = sql.charCodeAt(start) === UNDERSCORE;
  const from = binary ? start + '_binary'.length : start;
  const type = binary ? Type.VARBINARY : Type.VARCHAR;
  const value = joinStrings(sql.slice(from, end), options);
  return bindVariable(type, Buffer.from(value, options.encoding ?? 'utf8'));
}

function joinStrings(text: string, options: LexOptions): string {
  const scanner = new Scanner(text, options);
  let value = '';
  for (scanner.next(); scanner.type === Token.STRING; scanner.next()) {
    value += stringValue(text, scanner.start, scanner.end, options);
  }
  return value;
}

const UNDERSCORE = 95;
