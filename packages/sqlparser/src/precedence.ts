import type { BinaryOp, Expr } from './ast';

/** How tightly operators bind, loosest first. Source: MySQL manual "Operator Precedence" and its grammar. */
export const Precedence = {
  ASSIGN: 0,
  OR: 1,
  XOR: 2,
  AND: 3,
  NOT: 4,
  COMPARISON: 5,
  PREDICATE: 6,
  BIT_OR: 7,
  BIT_AND: 8,
  SHIFT: 9,
  ADD: 10,
  MULTIPLY: 11,
  BIT_XOR: 12,
  CONCAT: 13,
  UNARY: 14,
  COLLATE: 15,
  OPERAND: 16,
} as const;

const binaryOps: Record<BinaryOp, number> = {
  '|': Precedence.BIT_OR,
  '&': Precedence.BIT_AND,
  '<<': Precedence.SHIFT,
  '>>': Precedence.SHIFT,
  '+': Precedence.ADD,
  '-': Precedence.ADD,
  '*': Precedence.MULTIPLY,
  '/': Precedence.MULTIPLY,
  '%': Precedence.MULTIPLY,
  div: Precedence.MULTIPLY,
  '^': Precedence.BIT_XOR,
  '->': Precedence.OPERAND,
  '->>': Precedence.OPERAND,
};

/** How tightly an expression's outermost operator binds; `OPERAND` for what needs no parentheses anywhere. */
export function precedenceOf(expr: Expr): number {
  switch (expr.kind) {
    case 'assign':
      return Precedence.ASSIGN;
    case 'or':
      return Precedence.OR;
    case 'xor':
      return Precedence.XOR;
    case 'and':
      return Precedence.AND;
    case 'not':
      return Precedence.NOT;
    case 'comparison':
    case 'is':
      return Precedence.COMPARISON;
    case 'in':
    case 'between':
    case 'like':
    case 'regexp':
    case 'memberOf':
      return Precedence.PREDICATE;
    case 'binary':
      return binaryOps[expr.op];
    case 'unary':
      return Precedence.UNARY;
    case 'collate':
      return Precedence.COLLATE;
    default:
      return Precedence.OPERAND;
  }
}
