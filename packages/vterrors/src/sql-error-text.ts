import type { Code } from './code';
import { SqlError } from './errors';

/** `Duplicate entry '1' for key 'PRIMARY' (errno 1062) (sqlstate 23000)`: how a MySQL error travels in text. */
export function formatSqlError(err: SqlError): string {
  return `${err.message} (errno ${err.errno}) (sqlstate ${err.sqlstate})`;
}

/**
 * The MySQL error that a text holds, or undefined: what stands before the marker is its message. This is the only text
 * that is ever parsed back.
 *
 * A marker at the very end counts first: that is where ours is, so a value in the message that looks like a marker
 * cannot pass for it. Else the first one counts that has something behind it which a Vitess peer adds.
 *
 * `code` is what the peer says it is; without it the errno decides.
 */
export function parseSqlError(text: string, code?: Code): SqlError | undefined {
  const markers = [...text.matchAll(/ \(errno ([0-9]{1,5})\) \(sqlstate ([0-9A-Za-z]{5})\)/g)];
  const rest = (match: RegExpExecArray): string => text.slice(match.index + match[0].length);
  const match =
    markers.findLast((candidate) => rest(candidate) === '') ??
    markers.find((candidate) => addedByPeer.test(rest(candidate)));
  if (match === undefined) return undefined;
  const errno = Number(match[1]);
  if (errno === 0 || errno > maxErrno) return undefined;
  return new SqlError(errno, match[2], text.slice(0, match.index), { code });
}

const maxErrno = 0xffff;
/** The query, or who sent it. */
const addedByPeer = /^(?: during query: | \(CallerID: |: Sql: )/;
