import type { Expr } from '../ast';
import { printExpr } from '../printer/print';
import { parseExpr } from './parse';
import type { LexOptions } from '../lexer/options';

/** The tree with a parenthesis round every operator. */
function full(expr: Expr): string {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return `(${expr.operands.map(full).join(` ${expr.kind} `)})`;
    case 'xor':
      return `(${full(expr.left)} xor ${full(expr.right)})`;
    case 'comparison':
    case 'binary':
      return `(${full(expr.left)} ${expr.op} ${full(expr.right)})`;
    case 'not':
      return `(not ${full(expr.operand)})`;
    case 'unary':
      return `(${expr.op} ${full(expr.operand)})`;
    case 'is':
      return `(${full(expr.operand)} is ${expr.not ? 'not ' : ''}${expr.test})`;
    case 'between':
      return `(${full(expr.operand)} between ${full(expr.low)} and ${full(expr.high)})`;
    case 'in':
      return `(${full(expr.operand)} in ${full(expr.right)})`;
    case 'regexp':
      return `(${full(expr.operand)} regexp ${full(expr.pattern)})`;
    case 'like':
      return `(${full(expr.operand)} like ${full(expr.pattern)})`;
    case 'collate':
      return `(${full(expr.operand)} collate ${expr.collation})`;
    case 'tuple':
      return `[${expr.items.map(full).join(', ')}]`;
    case 'assign':
      return `(${full(expr.target)} := ${full(expr.value)})`;
    case 'interval':
      return `(interval ${full(expr.value)} ${expr.unit})`;
    default:
      return printExpr(expr);
  }
}

const read = (sql: string, options?: LexOptions): string => full(parseExpr(sql, options));

describe('precedence', () => {
  it.each([
    ['a = 1 or b = 2 and c = 3', '((a = 1) or ((b = 2) and (c = 3)))'],
    ['a or b and c', '(a or (b and c))'],
    ['a and b or c and d', '((a and b) or (c and d))'],
    ['a or b xor c and d', '(a or (b xor (c and d)))'],
    ['a xor b xor c', '((a xor b) xor c)'],
    ['1 xor a > 0', '(1 xor (a > 0))'],
    ['a || b && c', '(a or (b and c))'],
    ['(a or b) and c', '((a or b) and c)'],
    ['a and b and c and d', '(a and b and c and d)'],
    ['a and (b and c)', '(a and b and c)'],
    ['not a = b', '(not (a = b))'],
    ['not a and b', '((not a) and b)'],
    ['not not a', '(not (not a))'],
    ['not a in (1)', '(not (a in [1]))'],
    ['not (a) = b', '(not (a = b))'],
    ['!a = b', '((not a) = b)'],
    ['a = b = c', '((a = b) = c)'],
    ['a = b is null', '((a = b) is null)'],
    ['a is null = b', '((a is null) = b)'],
    ['a is not true and b', '((a is not true) and b)'],
    ['a between 1 and 2 and c', '((a between 1 and 2) and c)'],
    ['a between b and c in (1)', '(a between b and (c in [1]))'],
    ['a = b in (1)', '(a = (b in [1]))'],
    ['a | b & c', '(a | (b & c))'],
    ['a & b << c', '(a & (b << c))'],
    ['a << b + c', '(a << (b + c))'],
    ['a + b * c', '(a + (b * c))'],
    ['a * b ^ c', '(a * (b ^ c))'],
    ['a ^ b ^ c', '((a ^ b) ^ c)'],
    ['-a ^ b', '((- a) ^ b)'],
    ['- -a', '(- (- a))'],
    ['~a + b', '((~ a) + b)'],
    ['a - b + c', '((a - b) + c)'],
    ['a div b mod c', '((a div b) % c)'],
    ['a | b = c', '((a | b) = c)'],
    ['a = b | c', '(a = (b | c))'],
    ['a like b and c', '((a like b) and c)'],
    ['a collate x = b', '((a collate x) = b)'],
    ['-a collate x', '(- (a collate x))'],
    ['binary a = b', '((binary a) = b)'],
    ['a + interval 1 + 2 day', '(a + (interval (1 + 2) day))'],
    ['interval 1 day + a', '((interval 1 day) + a)'],
    ['@a := b = c', '(@a := (b = c))'],
    ['@a := @b := 1', '(@a := (@b := 1))'],
    ['(a, b) = (c, d)', '([a, b] = [c, d])'],
    ['a <=> b <> c', '((a <=> b) <> c)'],
    ['case when a or b then c else d end + 1', '(case when a or b then c else d end + 1)'],
    ['a regexp b or c', '((a regexp b) or c)'],
  ])('%s', (sql, tree) => {
    expect(read(sql)).toBe(tree);
  });

  it('changes with sql_mode', () => {
    expect(read('not a = b', { highNotPrecedence: true })).toBe('((not a) = b)');
    expect(read('a || b = c', { pipesAsConcat: true })).toBe('(concat(a, b) = c)');
    expect(read('a ^ b || c', { pipesAsConcat: true })).toBe('(a ^ concat(b, c))');
  });

  it('survives the printer: random trees read back as they were', () => {
    let seed = 42;
    const random = (n: number): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    const operators = '+ - * / % div | & ^ << >>'.split(' ');
    const leaf = (): string => ['a', 'b.c', '1', "'x'", ':v1', 'f(a, b)'][random(6)];
    const grow = (depth: number): string => {
      if (depth === 0) return leaf();
      const x = (): string => grow(depth - 1 - random(depth));
      switch (random(14)) {
        case 0:
          return `(${x()}) and (${x()})`;
        case 1:
          return `(${x()}) or (${x()})`;
        case 2:
          return `(${x()}) xor (${x()})`;
        case 3:
          return `not (${x()})`;
        case 4:
          return `(${x()}) = (${x()})`;
        case 5:
          return `(${x()}) between (${x()}) and (${x()})`;
        case 6:
          return `(${x()}) in ((${x()}), ${x()})`;
        case 7:
          return `(${x()}) is not null`;
        case 8:
          return `-(${x()})`;
        case 9:
          return `(${x()}) like (${x()})`;
        case 10:
          return `(${x()}) collate utf8mb4_bin`;
        case 11:
          return `(${x()}) + interval (${x()}) day`;
        default:
          return `(${x()}) ${operators[random(operators.length)]} (${x()})`;
      }
    };
    for (let i = 0; i < 3000; i++) {
      const tree = parseExpr(grow(4));
      const text = printExpr(tree);
      expect(full(parseExpr(text))).toBe(full(tree));
      // and means the same where NOT binds tightly
      expect(full(parseExpr(text, { highNotPrecedence: true }))).toBe(full(tree));
    }
  });
});
