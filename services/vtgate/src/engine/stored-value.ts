import {
  Type,
  isFloat,
  stringBindVariable,
  type BindVariable,
  type Field,
  type Value,
} from '@vitess-ts/sqltypes';
import { carriedValue } from './carried-value';

/** A value as a literal that a column stores as it is. */
export function storedValue(field: Field, value: Value): BindVariable {
  if (value !== null && field.type === Type.JSON) return stringBindVariable(value.toString());
  // Of a FLOAT the text has fewer digits than the value.
  if (value === null || !isFloat(field.type) || field.type === Type.FLOAT64)
    return carriedValue(field, value, 'comparison');
  return carriedValue(field, value, 'expression');
}
