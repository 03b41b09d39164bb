import type { BinaryOp, Expr, Query, Statement } from '../ast';
import { rewrite } from '../visitor/visit';

/** Trees that differ from the statement's in one place: how it would read with another precedence or association. */
export function rotations(statement: Statement): Statement[] {
  const trees: Statement[] = [];
  for (let wanted = 0; wanted < 1000; wanted++) {
    let place = -1;
    const tree = rewrite(statement, {
      expr: (expr) => {
        const turned = turn(expr);
        return turned && ++place === wanted ? turned : expr;
      },
      query: (query) => {
        const turned = turnQuery(query);
        return turned && ++place === wanted ? turned : query;
      },
    });
    if (place < wanted) break;
    trees.push(tree);
  }
  return trees;
}

function turn(expr: Expr): Expr | undefined {
  switch (expr.kind) {
    case 'or':
      return turnOr(expr.operands);
    case 'and':
      return turnAnd(expr.operands);
    case 'xor':
      return expr.right.kind === 'and'
        ? {
            kind: 'and',
            operands: [{ ...expr, right: expr.right.operands[0] }, ...expr.right.operands.slice(1)],
          }
        : undefined;
    case 'not':
      return expr.operand.kind === 'comparison'
        ? { ...expr.operand, left: { ...expr, operand: expr.operand.left } }
        : undefined;
    case 'comparison':
      return expr.right.kind === 'binary' && !isInterval(expr.right.right) && !expr.quantifier
        ? { ...expr.right, left: { ...expr, right: expr.right.left } }
        : undefined;
    case 'binary':
      return turnBinary(expr.op, expr.left, expr.right);
    default:
      return undefined;
  }
}

/** a or b and c, as (a or b) and c */
function turnOr(operands: readonly Expr[]): Expr | undefined {
  const at = operands.findIndex((operand) => operand.kind === 'and');
  const and = operands[at];
  if (and?.kind !== 'and' || operands.length < 2) return undefined;
  const [first, ...rest] = and.operands;
  if (at > 0)
    return { kind: 'and', operands: [{ kind: 'or', operands: [...operands.slice(0, at), first] }, ...rest] };
  const last = and.operands[and.operands.length - 1];
  return {
    kind: 'and',
    operands: [...and.operands.slice(0, -1), { kind: 'or', operands: [last, ...operands.slice(1)] }],
  };
}

/** a and (b or c), as (a and b) or c */
function turnAnd(operands: readonly Expr[]): Expr | undefined {
  const at = operands.findIndex((operand) => operand.kind === 'or');
  const or = operands[at];
  if (or?.kind !== 'or') return undefined;
  const others = operands.filter((_, i) => i !== at);
  return {
    kind: 'or',
    operands: [{ kind: 'and', operands: [...others, or.operands[0]] }, ...or.operands.slice(1)],
  };
}

/** a + (b * c), as (a + b) * c; (a * b) + c, as a * (b + c) */
function turnBinary(op: BinaryOp, left: Expr, right: Expr): Expr | undefined {
  if (op === '->' || op === '->>') return undefined;
  if (right.kind === 'binary' && isArithmetic(right.op) && !isInterval(right.right)) {
    return { ...right, left: { kind: 'binary', op, left, right: right.left } };
  }
  if (left.kind !== 'binary' || !isArithmetic(left.op) || isInterval(right) || isInterval(left.right))
    return undefined;
  return { ...left, right: { kind: 'binary', op, left: left.right, right } };
}

function isArithmetic(op: BinaryOp): boolean {
  return op !== '->' && op !== '->>';
}

function isInterval(expr: Expr): boolean {
  return expr.kind === 'interval';
}

/** (a union b) except c, as a union (b except c) */
function turnQuery(query: Query): Query | undefined {
  if (query.kind !== 'setOperation' || query.left.kind !== 'setOperation') return undefined;
  const { left: inner } = query;
  return {
    ...query,
    op: inner.op,
    all: inner.all,
    left: inner.left,
    right: { ...query, left: inner.right, limit: undefined, orderBy: [] },
  };
}
