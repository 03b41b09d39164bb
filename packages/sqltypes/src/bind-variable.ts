import { Type } from './type';

/** A typed value; structurally `query.Value`. A NULL has type NULL_TYPE. */
export interface TypedValue {
  type: number;
  value: Buffer;
}

/** A bind variable; structurally `query.BindVariable`. A list has type TUPLE and its elements in `values`. */
export interface BindVariable extends TypedValue {
  values: TypedValue[];
}

export type BindVariables = Record<string, BindVariable>;

const none: TypedValue[] = [];
Object.freeze(none);

export function bindVariable(type: number, value: Buffer | string): BindVariable {
  return { type, value: typeof value === 'string' ? Buffer.from(value) : value, values: none };
}

export const nullBindVariable = (): BindVariable => bindVariable(Type.NULL_TYPE, '');
export const int64BindVariable = (n: bigint | number): BindVariable => bindVariable(Type.INT64, n.toString());
export const uint64BindVariable = (n: bigint | number): BindVariable =>
  bindVariable(Type.UINT64, n.toString());
export const stringBindVariable = (s: string): BindVariable => bindVariable(Type.VARCHAR, s);
export const bytesBindVariable = (b: Buffer): BindVariable => bindVariable(Type.VARBINARY, b);

export function listBindVariable(values: readonly TypedValue[]): BindVariable {
  return { type: Type.TUPLE, value: Buffer.alloc(0), values: [...values] };
}

/** A bind variable for a column's value. */
export function bindVariableOf(type: number, value: Buffer | null): BindVariable {
  return value === null ? nullBindVariable() : bindVariable(type, value);
}
