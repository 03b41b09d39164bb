import { Type, isIntegral, isNumber, isTemporal, isText, isUnsigned } from '@vitess-ts/sqltypes';
import type { Expr } from '@vitess-ts/sqlparser';
import type { CarriedInto } from '../../engine/carried-value';
import { walk, type Part } from '../syntax-tree';
import { boundColumn, isBound, nullOnNull, type ColumnInfo } from './bound';

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
function carriedInto(other: Expr): CarriedInto {
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

/**
 * A value that another query gave, as an expression of its type. `value` and `isNull` are what stands for it; the text
 * of a fraction decides how many digits it has.
 */
export function typedValue(of: Pick<ColumnInfo, 'type' | 'collation'>, value: Expr, isNull: Expr): Expr {
  const { type, collation } = of;
  const call = (name: string, ...args: Expr[]): Expr => ({ kind: 'function', name, args });
  const cast = (name: string): Expr => ({ kind: 'cast', operand: value, type: { name, array: false } });
  let typed = value;
  if (type === Type.DATE) typed = cast('date');
  else if (type === Type.DATETIME || type === Type.TIMESTAMP) typed = call('timestamp', value);
  else if (type === Type.TIME) typed = call('time', value);
  else if (type !== undefined && isIntegral(type) && isUnsigned(type)) typed = cast('unsigned');
  else if (type !== undefined && isText(type) && collation !== undefined) typed = collated(value, collation);
  return call('if', isNull, { kind: 'null' }, typed);
}

/**
 * As what a value of type `own` is carried into a comparison with `other`; undefined where a literal would be compared
 * in another way than the column: with a number the text of a column is read as a DOUBLE, and a YEAR has its own rules.
 */
export function carriedIntoComparison(own: Pick<ColumnInfo, 'type'>, other: Expr): CarriedInto | undefined {
  const met = typeOf(other).type;
  if ((own.type === Type.YEAR) !== (met === Type.YEAR)) return undefined;
  if ((met === Type.ENUM || met === Type.SET) && own.type !== met && !isTextType(own.type)) return undefined;
  if (met === undefined || !isNumber(met)) return carriedInto(other);
  if (own.type === undefined) return 'number';
  return isNumber(own.type) || isTemporal(own.type) || own.type === Type.BIT ? carriedInto(other) : undefined;
}

const isTextType = (type: number | undefined): boolean => type !== undefined && isText(type);

/** A text literal with a collation of any character set. */
export function collated(operand: Expr, collation: string): Expr {
  const [charset] = collation.split('_', 1);
  const converted: Expr = charset === 'utf8mb4' ? operand : { kind: 'convertUsing', operand, charset };
  return { kind: 'collate', operand: converted, collation };
}

/** True for an expression whose MIN and MAX MySQL makes a BIGINT if it is an integer: not a column, nor a condition. */
export function widens(expr: Expr): boolean {
  if (isBound(expr)) return expr.info?.widens === true;
  return !conditions.has(expr.kind);
}

const conditions: ReadonlySet<string> = new Set([
  'bool', 'comparison', 'and', 'or', 'xor', 'not', 'is', 'in', 'between', 'like', 'regexp', 'exists',
]); // prettier-ignore

/** MIN and MAX compare ENUM and SET by their texts, and give a text. */
function extremeType(of: Pick<ColumnInfo, 'type' | 'collation'>): Pick<ColumnInfo, 'type' | 'collation'> {
  return of.type === Type.ENUM || of.type === Type.SET ? { ...of, type: Type.VARCHAR } : of;
}

/**
 * True when all text columns in these parts have one collation, or one that wins. MySQL looks at the collations of
 * columns, which a value that one query carries to another has no more: where they differ, the answer may be another
 * one, or an error.
 */
export function hasOneCollation(...parts: readonly Part[]): boolean {
  const found = new Set<string | undefined>();
  for (const part of parts) {
    walk(part, (node) => {
      if (!isBound(node)) return true;
      const { type, collation } = typeOf(node);
      if (type === undefined || isText(type) || type === Type.ENUM || type === Type.SET) found.add(collation);
      return false;
    });
  }
  if (found.size <= 1) return true;
  // A binary collation wins over the others of its character set, as far as both pad.
  const known = [...found].filter((c) => c !== undefined && !c.includes('nopad'));
  const charsets = new Set(known.map((c) => c?.split('_', 1)[0]));
  return (
    found.size === 2 && known.length === 2 && charsets.size === 1 && known.some((c) => c?.endsWith('_bin'))
  );
}

/** A number, whatever the operands: DECIMAL, DOUBLE or an integer. */
export const isArithmetic = (expr: Expr): boolean =>
  expr.kind === 'binary' &&
  ['+', '-', '*', '/'].includes(expr.op) &&
  ![expr.left, expr.right].some((e) => e.kind === 'interval');

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
      return args.length === 1 ? extremeType(typeOf(args[0])) : {};
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
