import type { Is } from '@vitess-ts/sqlparser';
import type { ExprNode } from './node';
import { asTruth, truth } from './node';
import { booleanType } from './static-type';

/** AND: false wins over NULL. OR: true wins over NULL. */
export function junction(kind: 'and' | 'or', operands: readonly ExprNode[]): ExprNode {
  const conditions = operands.map(asTruth);
  const decisive = kind === 'or';
  return {
    type: booleanType(),
    evaluate(scope) {
      let sawNull = false;
      for (const condition of conditions) {
        const value = condition(scope);
        if (value === decisive) return truth(decisive);
        if (value === null) sawNull = true;
      }
      return sawNull ? null : truth(!decisive);
    },
  };
}

export function not(operand: ExprNode): ExprNode {
  const condition = asTruth(operand);
  return {
    type: booleanType(),
    evaluate(scope) {
      const value = condition(scope);
      return value === null ? null : truth(!value);
    },
  };
}

export function xor(left: ExprNode, right: ExprNode): ExprNode {
  const [a, b] = [asTruth(left), asTruth(right)];
  return {
    type: booleanType(),
    evaluate(scope) {
      const x = a(scope);
      if (x === null) return null;
      const y = b(scope);
      return y === null ? null : truth(x !== y);
    },
  };
}

export function is(operand: ExprNode, test: Is['test'], negated: boolean): ExprNode {
  if (test === 'null' || test === 'unknown') {
    const { evaluate } = operand;
    return { type: booleanType(), evaluate: (scope) => truth((evaluate(scope) === null) !== negated) };
  }
  const condition = asTruth(operand);
  const wanted = test === 'true';
  return { type: booleanType(), evaluate: (scope) => truth((condition(scope) === wanted) !== negated) };
}
