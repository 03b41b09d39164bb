import type { Show } from '@vitess-ts/sqlparser';
import { Type, makeField, type Result } from '@vitess-ts/sqltypes';
import type { ProcessList } from '../executor/process-list';
import { textField, textResult } from '../executor/rows';

/** Characters of a statement that SHOW PROCESSLIST shows without FULL. */
const SHORT_INFO = 100;

/** SHOW [FULL] PROCESSLIST: the clients of this gate. */
export function showProcesses(statement: Show, processes: ProcessList): Result {
  const fields = [
    makeField('Id', Type.INT64, { columnLength: 10, flags: 1 }),
    textField('User', 32),
    textField('Host', 64),
    textField('db', 64),
    textField('Command', 16),
    makeField('Time', Type.INT32, { columnLength: 7 }),
    textField('State', 30),
    textField('Info', statement.full ? 65535 : SHORT_INFO),
  ];
  const nowMs = performance.now();
  const rows = processes.all().map(({ connectionId, user, host, session }) => {
    const { target, activity } = session();
    const text = activity?.sql ?? null;
    return [
      String(connectionId),
      user,
      host,
      target.keyspace === '' ? null : target.keyspace,
      text === null ? 'Sleep' : 'Query',
      String(Math.floor((nowMs - (activity?.sinceMs ?? nowMs)) / 1000)),
      text === null ? '' : 'executing',
      statement.full ? text : (text?.slice(0, SHORT_INFO) ?? null),
    ];
  });
  return textResult(fields, rows);
}
