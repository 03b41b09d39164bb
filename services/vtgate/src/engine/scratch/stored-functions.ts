import { quoteString } from '@vitess-ts/sqlparser';
import { unsupported } from '../unsupported';
import type { ScratchConnection } from './scratch-access';

/**
 * Lets pass the stored functions that give the same value wherever they run: those that read no tables. The tablet
 * that runs the query has one shard's tables, which such a function would take for the whole. Native functions (UDFs)
 * see no tables at all; a name that is neither gets MySQL's own error from the query.
 */
export async function checkStoredFunctions(
  names: readonly string[],
  connection: ScratchConnection,
): Promise<void> {
  const list = names.map((name) => quoteString(name)).join(', ');
  const { rows } = await connection.execute({
    sql:
      'select routine_name, sql_data_access, routine_definition from information_schema.routines ' +
      `where routine_schema = database() and routine_type = 'FUNCTION' and routine_name in (${list})`,
    bindVariables: {},
  });
  for (const [name, access, body] of rows.rows()) {
    const declared = access?.toString() ?? '';
    if (declared === 'NO SQL') continue;
    // CONTAINS SQL is what every function is that declares nothing.
    if (declared === 'CONTAINS SQL' && body !== null && !mayReadTables(body.toString())) continue;
    throw unsupported(
      `the stored function ${String(name)}(), which may read or change tables, in a statement that needs rows of several shards`,
      'declare it NO SQL if it does not (ALTER FUNCTION .. NO SQL), or restrict the statement to one shard',
    );
  }
}

/** Everything that could reach a table, also through another routine. */
const reaching =
  /\b(from|join|table|update|insert|replace|delete|call|execute|prepare|handler|load|truncate|exists)\b/i;
const calls = /\b([a-z_][\w$]*)\s*\(/gi;
const plainCalls: ReadonlySet<string> = new Set(
  `if ifnull nullif coalesce concat concat_ws abs ceil ceiling floor round truncate mod sign power pow sqrt exp ln log
  log2 log10 greatest least length char_length lower upper lcase ucase trim ltrim rtrim substring substr left right
  replace reverse repeat lpad rpad instr locate position field elt find_in_set hex unhex md5 sha1 sha2 crc32 date time
  year month day hour minute second date_add date_sub datediff timediff date_format str_to_date from_unixtime
  unix_timestamp cast convert char varchar decimal numeric int bigint smallint tinyint float double binary varbinary
  bit datetime timestamp and or not in when then else while until set return returns values interval mysql_errno
  json_extract json_value json_unquote json_object json_array regexp_replace regexp_substr strcmp format`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

export function mayReadTables(body: string): boolean {
  const code = body.replace(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"/g, "''");
  if (reaching.test(code.replace(/\bfetch\s+group\s+next\s+row\b/gi, ''))) return true;
  return [...code.matchAll(calls)].some(([, name]) => !plainCalls.has(name.toLowerCase()));
}
