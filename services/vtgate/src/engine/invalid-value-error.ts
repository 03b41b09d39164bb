import { unreachable } from '@vitess-ts/base';
import type { TypedValue } from '@vitess-ts/sqltypes';
import type { InvalidValue } from '@vitess-ts/vindexes';
import { SqlError, type VtError } from '@vitess-ts/vterrors';
import { unsupported } from './unsupported';

/** Where a value stands in an INSERT. */
export interface ValuePosition {
  keyspace: string;
  table: string;
  column: string;
  /** Counted from 1. */
  row: number;
  value: TypedValue;
}

/**
 * The error that MariaDB gives for a value that a column cannot store. The gate gives it itself: without a stored value
 * the row has no shard that could say it.
 */
export function invalidValueError(why: InvalidValue, at: ValuePosition): SqlError | VtError {
  const { keyspace, table, column, row } = at;
  switch (why.invalid) {
    case 'incorrectInteger': {
      const text = at.value.value.toString().slice(0, 128);
      const name = `\`${keyspace}\`.\`${table}\`.\`${column}\``;
      return new SqlError(
        1366,
        '22007',
        `Incorrect integer value: '${text}' for column ${name} at row ${row}`,
      );
    }
    case 'truncated':
      return new SqlError(1265, '01000', `Data truncated for column '${column}' at row ${row}`);
    case 'outOfRange':
      return new SqlError(1264, '22003', `Out of range value for column '${column}' at row ${row}`);
    case 'tooLong':
      return new SqlError(1406, '22001', `Data too long for column '${column}' at row ${row}`);
    case 'hidden':
      return unsupported(
        `${codePoints(why.part)} in a value of column '${column}', whose collation calls texts without it equal ` +
          `while its vindex sends them to another shard`,
        'leave it out, or give the column a collation that ends in _bin',
      );
    default:
      return unreachable(why);
  }
}

function codePoints(text: string): string {
  return [...text.slice(0, 20)]
    .map((c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}
