import {
  Type,
  bindVariableOf,
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
 * column's type; anywhere else a literal must itself be of the value's type.
 */
export type CarriedInto = 'comparison' | 'expression';

/** The bind variable that stands for a column's value in another query. Throws where its text does not carry it. */
export function carriedValue(field: Field, value: Value, into: CarriedInto): BindVariable {
  const { type } = field;
  if (type === Type.FLOAT32 || type === Type.JSON || type === Type.GEOMETRY || type === Type.VECTOR) {
    throw cannotCarry(field);
  }
  if (isTemporal(type) && into === 'expression') throw cannotCarry(field);
  if (value === null) return bindVariableOf(type, null);
  if (type === Type.ENUM || type === Type.SET) {
    if (into === 'expression') throw cannotCarry(field);
    return stringBindVariable(value.toString());
  }
  if (type === Type.BIT)
    return uint64BindVariable(value.length === 0 ? 0n : BigInt(`0x${value.toString('hex')}`));
  return bindVariableOf(type, value);
}

function cannotCarry(field: Field): Error {
  return unsupported(
    `using ${typeName(field.type)} column '${field.name}' of one shard's rows in a query to another`,
    'CAST it to a type whose text is exact, or restrict the statement to one shard',
  );
}
