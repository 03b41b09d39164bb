import type { Expr } from '@vitess-ts/sqlparser';
import { Type, isIntegral, isUnsigned } from '@vitess-ts/sqltypes';
import { intLiteral } from '../syntax-tree';

/**
 * A number that another query gave, where it stands alone or is computed with: the literal that it becomes there has
 * the type of its digits, not that of the value. The other branch is never taken; it only lends its type.
 */
export function typedValue(value: Expr, type: number | undefined): Expr {
  if (value.kind !== 'arg' || type === undefined || type === Type.YEAR) return value;
  switch (type) {
    case Type.INT64:
      return likeOf(value, { kind: 'literal', type: 'int', value: '9223372036854775807' });
    case Type.UINT64:
      return { kind: 'binary', op: '|', left: value, right: intLiteral(0) };
    case Type.DECIMAL:
      return likeOf(value, { kind: 'literal', type: 'decimal', value: '0.' });
    case Type.FLOAT64:
      return likeOf(value, { kind: 'literal', type: 'float', value: '0e0' });
    default:
      if (!isIntegral(type)) return value;
      return {
        kind: 'cast',
        operand: value,
        type: { name: isUnsigned(type) ? 'unsigned' : 'signed', array: false },
      };
  }
}

const likeOf = (value: Expr, typed: Expr): Expr => ({
  kind: 'function',
  name: 'if',
  args: [{ kind: 'bool', value: true }, value, typed],
});
