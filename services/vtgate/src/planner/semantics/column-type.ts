import { Type, isTemporal, isText } from '@vitess-ts/sqltypes';
import type { Expr } from '@vitess-ts/sqlparser';
import type { CarriedInto } from '../../engine/carried-value';
import { boundColumn, nullOnNull, type ColumnInfo } from './bound';

/** Type and collation of an expression's value, as far as they are certain. */
export function typeOf(expr: Expr): Pick<ColumnInfo, 'type' | 'collation'> {
  switch (expr.kind) {
    case 'column': {
      const info = boundColumn(expr)?.info;
      return { type: info?.type, collation: info?.collation };
    }
    case 'literal':
      return expr.type === 'int'
        ? { type: Type.INT64 }
        : expr.type === 'decimal'
          ? { type: Type.DECIMAL }
          : {};
    case 'bool':
    case 'comparison':
    case 'and':
    case 'or':
    case 'xor':
    case 'not':
    case 'is':
    case 'in':
    case 'between':
    case 'like':
    case 'regexp':
    case 'exists':
      return { type: Type.INT64 };
    case 'aggregate':
      return aggregateType(expr.name, expr.args);
    case 'cast':
      return castTypes[expr.type.name] === undefined ? {} : { type: castTypes[expr.type.name] };
    case 'weightString':
      return { type: Type.VARBINARY };
    case 'function':
      // The weights of a space, beside a text key.
      if (nullOnNull in expr) return { type: Type.VARBINARY };
      return numericFunctions.has(expr.name) ? { type: Type.INT64 } : {};
    case 'extract':
      return { type: Type.INT64 };
    default:
      return {};
  }
}

/**
 * How a value that one query gives may stand in another, compared with `other`: MySQL converts a literal to the type
 * of a column of text or time that it meets. In any other place it must have the value's own type.
 */
export function carriedInto(other: Expr): CarriedInto {
  if (boundColumn(other) === undefined) return 'expression';
  const { type } = typeOf(other);
  return type === undefined || isText(type) || isTemporal(type) ? 'comparison' : 'expression';
}

/**
 * True when the collation of a carried text decides a comparison: of two columns with different ones, MySQL takes that
 * which ends in _bin. A literal would take the other's.
 */
export function decidesCollation(own: string | undefined, other: Expr): own is string {
  const met = typeOf(other).collation;
  return own !== undefined && own.endsWith('_bin') && own !== met;
}

/** A text literal with a collation of any character set. */
export function collated(operand: Expr, collation: string): Expr {
  const [charset] = collation.split('_', 1);
  const converted: Expr = charset === 'utf8mb4' ? operand : { kind: 'convertUsing', operand, charset };
  return { kind: 'collate', operand: converted, collation };
}

const castTypes: Record<string, number> = {
  signed: Type.INT64,
  unsigned: Type.UINT64,
  date: Type.DATE,
  datetime: Type.DATETIME,
  time: Type.TIME,
  decimal: Type.DECIMAL,
  double: Type.FLOAT64,
  binary: Type.VARBINARY,
  year: Type.YEAR,
};

const numericFunctions: ReadonlySet<string> = new Set([
  'ascii', 'bit_count', 'bit_length', 'char_length', 'character_length', 'crc32', 'datediff', 'day', 'dayofmonth',
  'dayofweek', 'dayofyear', 'find_in_set', 'floor', 'hour', 'instr', 'isnull', 'length', 'locate', 'microsecond',
  'minute', 'month', 'octet_length', 'ord', 'period_add', 'period_diff', 'position', 'quarter', 'second', 'sign',
  'strcmp', 'time_to_sec', 'timestampdiff', 'to_days', 'unix_timestamp', 'week', 'weekday', 'weekofyear', 'year',
  'yearweek',
]); // prettier-ignore

function aggregateType(name: string, args: readonly Expr[]): Pick<ColumnInfo, 'type' | 'collation'> {
  switch (name) {
    case 'count':
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return { type: name === 'count' ? Type.INT64 : Type.UINT64 };
    case 'min':
    case 'max':
    case 'any_value':
      return args.length === 1 ? typeOf(args[0]) : {};
    case 'sum':
    case 'avg':
      // DECIMAL or DOUBLE: both are numbers, whose order needs nothing else.
      return { type: Type.DECIMAL };
    default:
      return {};
  }
}
