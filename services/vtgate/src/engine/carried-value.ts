import {
  Type,
  bindVariableOf,
  int64BindVariable,
  isIntegral,
  isNumber,
  isTemporal,
  stringBindVariable,
  typeName,
  uint64BindVariable,
  type BindVariable,
  type Field,
  type Value,
} from '@vitess-ts/sqltypes';
import { unsupported } from './unsupported';

/**
 * Where a value of one query's result stands in the next query. In a comparison MySQL converts a literal to the
 * column's type; in an expression a literal must itself be of the value's type. `typed`: the expression's own type
 * follows from it, so NULL is a value of that type, and `isNull` tells apart what is NULL. `number`: compared with a
 * number, as which MySQL reads the text of a column in another way than that of a literal.
 */
export type CarriedInto = 'comparison' | 'expression' | 'typed' | 'isNull' | 'number';

/** The bind variable that stands for a column's value in another query. Throws where its text does not carry it. */
export function carriedValue(field: Field, value: Value, into: CarriedInto): BindVariable {
  const { type } = field;
  if (into === 'isNull') return int64BindVariable(value === null ? 1 : 0);
  if (type === Type.FLOAT32 || type === Type.JSON || type === Type.GEOMETRY || type === Type.VECTOR) {
    throw cannotCarry(field);
  }
  if (into === 'number' && !isNumber(type) && type !== Type.NULL_TYPE) throw cannotCarry(field);
  if (isTemporal(type) && into === 'expression') throw cannotCarry(field);
  if (into === 'typed') return bindVariableOf(type, typedText(field, value));
  if (value === null) return bindVariableOf(type, null);
  if (type === Type.ENUM || type === Type.SET) {
    if (into !== 'comparison') throw cannotCarry(field);
    return stringBindVariable(value.toString());
  }
  if (type === Type.BIT)
    return uint64BindVariable(value.length === 0 ? 0n : BigInt(`0x${value.toString('hex')}`));
  return bindVariableOf(type, type === Type.FLOAT64 ? asDouble(value) : value);
}

/** Digits of literals that MySQL takes for 32-bit integers; longer ones are of 64 bits. */
const shortDigits = 9;
const longDigits = 19;

/** A literal of the field's type: the value, or for NULL any. The length of an integer's text decides its type. */
function typedText(field: Field, value: Value): Buffer | null {
  const { type, columnLength, decimals } = field;
  if (type === Type.ENUM || type === Type.SET || type === Type.BIT || type === Type.YEAR)
    throw cannotCarry(field);
  if (type === Type.NULL_TYPE) return null;
  if (isIntegral(type)) {
    const isLong = type === Type.INT64 || type === Type.UINT64;
    const digits = Math.min(Math.max(columnLength - 1, 1), isLong ? longDigits : shortDigits);
    const text = value?.toString('latin1') ?? '0';
    const sign = text.startsWith('-') ? '-' : '';
    return Buffer.from(sign + text.slice(sign.length).padStart(digits, '0'));
  }
  if (type === Type.FLOAT64) return asDouble(value ?? Buffer.from('0'));
  if (value !== null) return value;
  if (type === Type.DECIMAL) return Buffer.from(decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}`);
  const fraction = decimals > 0 && decimals <= 6 ? `.${'0'.repeat(decimals)}` : '';
  if (type === Type.DATE) return Buffer.from('2000-01-01');
  if (type === Type.TIME) return Buffer.from(`00:00:00${fraction}`);
  if (isTemporal(type)) return Buffer.from(`2000-01-01 00:00:00${fraction}`);
  return Buffer.alloc(0);
}

/** Digits alone would be a DECIMAL or an integer. */
function asDouble(value: Buffer): Buffer {
  const text = value.toString('latin1');
  return /[eE]/.test(text) ? value : Buffer.from(`${text}e0`);
}

function cannotCarry(field: Field): Error {
  return unsupported(
    `using ${typeName(field.type)} column '${field.name}' of one shard's rows in a query to another`,
    'CAST it to a type whose text is exact, or restrict the statement to one shard',
  );
}
