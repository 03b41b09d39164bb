import { SqlError } from '@vitess-ts/vterrors';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Transactions } from '../executor/transactions';
import type { Session, TransactionCharacteristics, TransactionMode, Workload } from '../session/session';
import type { AssignedValue } from './assigned-value';

/** Sets a variable that the gate itself acts on. False when the name is none of them. */
export async function setAwareVariable(
  session: Session,
  name: string,
  value: AssignedValue,
  transactions: Transactions,
  call: CallContext,
): Promise<boolean> {
  switch (name) {
    case 'autocommit':
      await setAutocommit(session, value.isDefault || flag(name, value), transactions, call);
      return true;
    case 'client_found_rows':
      session.clientFoundRows = flag(name, value);
      return true;
    case 'transaction_mode':
      session.transactionMode = oneOf<TransactionMode>(
        name,
        value,
        ['SINGLE', 'MULTI', 'TWOPC'],
        session.defaultTransactionMode,
      );
      return true;
    case 'workload':
      session.workload = oneOf<Workload>(name, value, ['OLTP', 'OLAP', 'DBA'], 'OLTP');
      return true;
    case 'query_timeout':
      session.queryTimeoutMs = value.isDefault ? 0 : Number(wholeNumber(name, value));
      return true;
    case 'sql_select_limit':
      session.sqlSelectLimit = selectLimit(name, value);
      return true;
    case 'last_insert_id':
    case 'identity':
      session.lastInsertId = value.isDefault ? 0n : wholeNumber(name, value);
      return true;
    case 'skip_query_plan_cache':
      flag(name, value);
      return true;
    case 'transaction_isolation':
    case 'tx_isolation':
      setDefaults(session, { isolation: isolation(name, value) });
      return true;
    case 'transaction_read_only':
    case 'tx_read_only':
      setDefaults(session, { readOnly: value.isDefault ? undefined : flag(name, value) });
      return true;
    default:
      return false;
  }
}

/** Turning autocommit on commits the open transaction (MySQL manual, autocommit). */
async function setAutocommit(
  session: Session,
  on: boolean,
  transactions: Transactions,
  call: CallContext,
): Promise<void> {
  if (on && !session.autocommit && session.inTransaction) await transactions.commit(session, call);
  session.autocommit = on;
}

function setDefaults(session: Session, characteristics: TransactionCharacteristics): void {
  session.transactionDefaults = { ...session.transactionDefaults, ...characteristics };
  if (!session.inTransaction) session.transaction = { ...session.transactionDefaults };
}

function wrongValue(name: string, value: AssignedValue): SqlError {
  return new SqlError(
    1231,
    '42000',
    `Variable '${name}' can't be set to the value of '${value.text ?? 'NULL'}'`,
  );
}

function flag(name: string, value: AssignedValue): boolean {
  switch (value.text?.toUpperCase()) {
    case '1':
    case 'ON':
    case 'TRUE':
      return true;
    case '0':
    case 'OFF':
    case 'FALSE':
      return false;
    default:
      throw wrongValue(name, value);
  }
}

function oneOf<T extends string>(name: string, value: AssignedValue, allowed: readonly T[], byDefault: T): T {
  if (value.isDefault) return byDefault;
  const found = allowed.find((a) => a === value.text?.toUpperCase());
  if (found === undefined) throw wrongValue(name, value);
  return found;
}

function wholeNumber(name: string, value: AssignedValue): bigint {
  if (value.text === null || !/^\d{1,20}$/.test(value.text)) {
    throw new SqlError(1232, '42000', `Incorrect argument type to variable '${name}'`);
  }
  return BigInt(value.text);
}

/** The largest value, MySQL's default, means no limit. */
function selectLimit(name: string, value: AssignedValue): bigint | undefined {
  if (value.isDefault) return undefined;
  const limit = wholeNumber(name, value);
  return limit >= 18446744073709551615n ? undefined : limit;
}

const levels = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;

function isolation(name: string, value: AssignedValue): TransactionCharacteristics['isolation'] {
  if (value.isDefault) return undefined;
  const wanted = value.text?.toUpperCase().replaceAll('-', ' ');
  const found = levels.find((level) => level === wanted);
  if (found === undefined) throw wrongValue(name, value);
  return found;
}
