import { SqlError } from '@vitess-ts/vterrors';
import type { Session } from '../session/session';
import type { AssignedValue } from './assigned-value';

const words: Readonly<Record<string, string>> = { ON: '1', TRUE: '1', OFF: '0', FALSE: '0' };

/** Keeps a value that the client may read again and that has no effect. */
export function keepVariable(session: Session, name: string, value: AssignedValue): void {
  if (value.isDefault || value.text === null) {
    session.gateVariables.delete(name);
    return;
  }
  const text = words[value.text.toUpperCase()] ?? value.text;
  if (/(_timeout|_size|_count)$/.test(name) && !/^\d{1,20}$/.test(text)) {
    throw new SqlError(1232, '42000', `Incorrect argument type to variable '${name}'`);
  }
  session.gateVariables.set(name, text);
}

const MAX_STATEMENT_TIME = 'max_statement_time';

/** MariaDB's limit of one statement, in seconds with a fraction; 0 is no limit. */
export function setStatementTime(session: Session, value: AssignedValue): void {
  if (value.isDefault) {
    session.gateVariables.delete(MAX_STATEMENT_TIME);
    return;
  }
  if (value.text === null || !/^\d{1,8}(\.\d*)?$/.test(value.text)) {
    throw new SqlError(1232, '42000', `Incorrect argument type to variable '${MAX_STATEMENT_TIME}'`);
  }
  session.gateVariables.set(MAX_STATEMENT_TIME, Number(value.text).toFixed(6));
}

/** Milliseconds; 0 is no limit. */
export function statementTimeMs(session: Session): number {
  return Math.ceil(Number(session.gateVariables.get(MAX_STATEMENT_TIME) ?? 0) * 1000);
}
