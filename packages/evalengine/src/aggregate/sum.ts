import { Type, isFloat, isIntegral } from '@vitess-ts/sqltypes';
import type { Field } from '@vitess-ts/sqltypes';
import { formatDecimal, roundDecimal } from '../decimal';
import { formatDouble } from '../double';
import type { Aggregation } from './aggregation';
import { doubleField, notFixed, scaleOf, sumField } from './result-field';
import { DecimalSum, DoubleSum } from './running-sum';

/** SUM of integers and decimals, exact, or of doubles. `partials`: the column holds sums already. */
export function sumOf(input: Field, partials: boolean): Aggregation | undefined {
  if (isIntegral(input.type) || input.type === Type.DECIMAL) {
    const scale = scaleOf(input);
    return {
      field: partials ? input : sumField(input),
      create() {
        const total = new DecimalSum();
        return {
          add: (value) => total.add(value),
          result() {
            const sum = total.sum();
            return sum && Buffer.from(formatDecimal(roundDecimal(sum, scale)));
          },
        };
      },
    };
  }
  return isFloat(input.type) ? doubleSum(input, partials) : undefined;
}

/** DOUBLE(8,3) and FLOAT rows are printed with fewer digits than they have: their sum cannot be made of texts. */
export function isExactDouble(input: Field): boolean {
  return input.type === Type.FLOAT64 && input.decimals >= notFixed;
}

function doubleSum(input: Field, partials: boolean): Aggregation | undefined {
  if (!isExactDouble(input)) return undefined;
  return {
    field: partials ? input : doubleField(input.name),
    create() {
      const total = new DoubleSum();
      return {
        add: (value) => total.add(value),
        result() {
          const sum = total.sum();
          return sum === null ? null : Buffer.from(formatDouble(sum));
        },
      };
    },
  };
}
