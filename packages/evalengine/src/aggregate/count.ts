import { Code, VtError } from '@vitess-ts/vterrors';
import { Type } from '@vitess-ts/sqltypes';
import type { Field, Value } from '@vitess-ts/sqltypes';
import type { Aggregation } from './aggregation';
import { bigintField } from './result-field';

/** COUNT of values that are not NULL; with `everything` (`count(*)`) of all that is added. */
export function countOf(name: string, everything: boolean): Aggregation {
  return {
    field: bigintField(name, Type.INT64),
    create() {
      let n = 0;
      return {
        add: (value) => void (everything || value !== null ? n++ : 0),
        result: () => Buffer.from(String(n)),
      };
    },
  };
}

/** The total of partial COUNTs; 0 without any. */
export function countOfPartials(input: Field): Aggregation {
  return {
    field: input,
    create() {
      let n = 0n;
      return {
        add: (value) => void (n += value === null ? 0n : integerOf(value)),
        result: () => Buffer.from(n.toString()),
      };
    },
  };
}

export function integerOf(value: NonNullable<Value>): bigint {
  const text = value.toString('latin1');
  if (/^-?\d{1,32}$/.test(text)) return BigInt(text);
  throw new VtError(Code.INTERNAL, `"${text.slice(0, 64)}" is no integer, but its column's type says so`);
}
