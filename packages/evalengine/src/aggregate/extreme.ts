import { Code, VtError } from '@vitess-ts/vterrors';
import { Type, isText } from '@vitess-ts/sqltypes';
import type { Field, Value } from '@vitess-ts/sqltypes';
import { comparatorFor } from '../compare';
import type { Comparator } from '../compare';
import type { Aggregation } from './aggregation';
import { plainField } from './result-field';

/** MIN (`sign` 1) or MAX (`sign` -1). Of equal values the first stays. */
export function extremeOf(input: Field, partials: boolean, sign: 1 | -1): Aggregation | undefined {
  const field = partials ? input : plainField(input);
  const compare = comparatorFor(input);
  if (compare) return { field, create: () => extreme(compare, sign, (value) => value) };
  if (!isText(input.type) && input.type !== Type.ENUM && input.type !== Type.SET) return undefined;
  const byWeight: Comparator = (a, b) => (a && b ? a.compare(b) : 0);
  return { field, needs: 'weight', create: () => extreme(byWeight, sign, weightOf) };
}

function extreme(
  compare: Comparator,
  sign: 1 | -1,
  keyOf: (value: Value, weight: Value | undefined) => Value,
): ReturnType<Aggregation['create']> {
  let best: Value = null;
  let bestKey: Value = null;
  return {
    add(value, weight) {
      if (value === null) return;
      const key = keyOf(value, weight);
      if (best !== null && sign * compare(key, bestKey) >= 0) return;
      // Copies: rows may lie in buffers that are large, and are not needed otherwise.
      best = Buffer.from(value);
      bestKey = key === value ? best : key && Buffer.from(key);
    },
    result: () => best,
  };
}

function weightOf(_value: Value, weight: Value | undefined): Value {
  if (weight) return weight;
  throw new VtError(
    Code.UNIMPLEMENTED,
    'the value has no WEIGHT_STRING under its collation: MIN and MAX of it must run in MySQL',
  );
}
