import type { Show } from '@vitess-ts/sqlparser';
import { Type, makeField, type Result } from '@vitess-ts/sqltypes';
import { textField, textResult } from '../executor/rows';
import type { LogicalNames } from '../mysqlfront/logical-names';
import type { Session } from '../session/session';

/** SHOW WARNINGS, SHOW ERRORS and their COUNT(*) forms: what the session's last statement left. */
export function showWarnings(statement: Show, session: Session, names: LogicalNames): Result {
  const wanted = session.warnings.filter((w) => statement.what.includes('warnings') || w.level === 'Error');
  if (statement.what.startsWith('count')) {
    const name = statement.what.includes('warnings') ? '@@session.warning_count' : '@@session.error_count';
    return textResult([makeField(name, Type.UINT64, { columnLength: 21 })], [[String(wanted.length)]]);
  }
  const fields = [
    textField('Level', 7),
    makeField('Code', Type.UINT32, { columnLength: 4 }),
    textField('Message', 512),
  ];
  const [offset, count] = limitOf(statement);
  const rows = wanted
    .slice(offset, offset + count)
    .map((w) => [w.level, String(w.code), names.text(w.message)]);
  return textResult(fields, rows);
}

function limitOf(statement: Show): [number, number] {
  const read = (e: { kind: string; value?: unknown } | undefined, byDefault: number): number =>
    e?.kind === 'literal' ? Number(e.value) : byDefault;
  return [read(statement.limit?.offset, 0), read(statement.limit?.count, Number.MAX_SAFE_INTEGER)];
}
