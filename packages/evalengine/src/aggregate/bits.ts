import { Type, isIntegral } from '@vitess-ts/sqltypes';
import type { Field } from '@vitess-ts/sqltypes';
import type { Aggregation } from './aggregation';
import { integerOf } from './count';
import { bigintField } from './result-field';

type BitName = 'bit_and' | 'bit_or' | 'bit_xor';

const starts: Record<BitName, bigint> = { bit_and: (1n << 64n) - 1n, bit_or: 0n, bit_xor: 0n };
const operations: Record<BitName, (a: bigint, b: bigint) => bigint> = {
  bit_and: (a, b) => a & b,
  bit_or: (a, b) => a | b,
  bit_xor: (a, b) => a ^ b,
};

/** Bits of 64-bit integers, negative ones as two's complement. Without values: all ones for AND, else 0. */
export function bitsOf(name: BitName, input: Field, partials: boolean): Aggregation | undefined {
  // MySQL 8 has bits of binary strings too, and both round decimals: not told from the type alone.
  if (!isIntegral(input.type)) return undefined;
  const operate = operations[name];
  return {
    field: partials ? input : bigintField(input.name, Type.UINT64),
    create() {
      let bits = starts[name];
      return {
        add(value) {
          if (value !== null) bits = operate(bits, BigInt.asUintN(64, integerOf(value)));
        },
        result: () => Buffer.from(bits.toString()),
      };
    },
  };
}
