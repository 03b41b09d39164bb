import type {
  And,
  BinaryOp,
  Comparison,
  ComparisonOp,
  Expr,
  Is,
  Like,
  ListArgument,
  Or,
  Subquery,
  Tuple,
} from '../ast';
import { Token } from '../lexer/token';
import { Precedence } from '../precedence';
import { OperandParser } from './operand-parser';

const binaryPrecedence: Partial<Record<string, number>> = {
  OR: Precedence.OR,
  '||': Precedence.OR,
  XOR: Precedence.XOR,
  AND: Precedence.AND,
  '&&': Precedence.AND,
  '=': Precedence.COMPARISON,
  '<=>': Precedence.COMPARISON,
  '<>': Precedence.COMPARISON,
  '!=': Precedence.COMPARISON,
  '<': Precedence.COMPARISON,
  '<=': Precedence.COMPARISON,
  '>': Precedence.COMPARISON,
  '>=': Precedence.COMPARISON,
  IS: Precedence.COMPARISON,
  '|': Precedence.BIT_OR,
  '&': Precedence.BIT_AND,
  '<<': Precedence.SHIFT,
  '>>': Precedence.SHIFT,
  '+': Precedence.ADD,
  '-': Precedence.ADD,
  '*': Precedence.MULTIPLY,
  '/': Precedence.MULTIPLY,
  '%': Precedence.MULTIPLY,
  DIV: Precedence.MULTIPLY,
  MOD: Precedence.MULTIPLY,
  '^': Precedence.BIT_XOR,
  IN: Precedence.PREDICATE,
  LIKE: Precedence.PREDICATE,
  BETWEEN: Precedence.PREDICATE,
  REGEXP: Precedence.PREDICATE,
  RLIKE: Precedence.PREDICATE,
  NOT: Precedence.PREDICATE,
  SOUNDS: Precedence.PREDICATE,
  MEMBER: Precedence.PREDICATE,
};

const negatable = new Set(['IN', 'LIKE', 'BETWEEN', 'REGEXP', 'RLIKE']);

/** Expressions by precedence climbing: each loop takes the operators that bind at least as tightly as asked. */
export abstract class ExprParser extends OperandParser {
  expr(): Expr {
    return this.climb(Precedence.ASSIGN);
  }

  protected bitExpr(): Expr {
    return this.climb(Precedence.BIT_OR);
  }

  private climb(min: number): Expr {
    this.enter();
    const outerHeight = this.height;
    this.height = 0;
    let left = this.prefix(min);
    let height = this.height + 1;
    for (;;) {
      const precedence = this.operatorPrecedence();
      if (precedence === undefined || precedence < min) break;
      this.height = 0;
      const next = this.infix(left, precedence);
      if (next === undefined) break;
      // operands of a flat AND or OR lie side by side
      height = next === left ? Math.max(height, this.height + 1) : Math.max(height, this.height) + 1;
      this.checkHeight(height);
      left = next;
    }
    this.height = Math.max(outerHeight, height);
    this.leave();
    return left;
  }

  private operatorPrecedence(): number | undefined {
    const { word } = this;
    if (word === '' || word === ')' || word === ',') return undefined;
    if (word === '||' && this.options.pipesAsConcat) return Precedence.CONCAT;
    return binaryPrecedence[word];
  }

  private prefix(min: number): Expr {
    const { start } = this;
    if (this.at('NOT') && (min <= Precedence.NOT || this.options.highNotPrecedence)) {
      this.skip();
      const operand = this.options.highNotPrecedence ? this.unary() : this.climb(Precedence.NOT);
      return { kind: 'not', operand, start, end: this.lastEnd };
    }
    const left = this.unary();
    if (left.kind === 'userVar' && min === Precedence.ASSIGN && this.eat(':=')) {
      const value = this.climb(Precedence.ASSIGN);
      return { kind: 'assign', target: left, value, start, end: this.lastEnd };
    }
    return left;
  }

  private unary(): Expr {
    const { start, word } = this;
    switch (word) {
      case '-':
      case '+':
      case '~':
      case '!':
      case 'BINARY': {
        this.skip();
        this.enter();
        const operand = this.unary();
        this.leave();
        if (operand.kind === 'interval') return this.signedInterval(word, operand, start);
        this.height = this.checkHeight(this.height + 1);
        const end = this.lastEnd;
        if (word === '!') return { kind: 'not', operand, start, end };
        return { kind: 'unary', op: word === 'BINARY' ? 'binary' : word, operand, start, end };
      }
      default:
        return this.collated();
    }
  }

  /** `- INTERVAL 1 DAY + a` is a - INTERVAL 1 DAY. */
  private signedInterval(sign: string, interval: Expr, start: number): Expr {
    if (sign !== '-' && sign !== '+') this.fail();
    this.need('+');
    const left = this.climb(Precedence.MULTIPLY);
    return { kind: 'binary', op: sign, left, right: interval, start, end: this.lastEnd };
  }

  private collated(): Expr {
    const { start } = this;
    let operand = this.operand();
    while (this.eat('COLLATE')) {
      const collation = this.charsetName();
      operand = { kind: 'collate', operand, collation, start, end: this.lastEnd };
      this.height = this.checkHeight(this.height + 1);
    }
    return operand;
  }

  /** The operator here and what is right of it; undefined when it is none after all. */
  private infix(left: Expr, precedence: number): Expr | undefined {
    switch (precedence) {
      case Precedence.OR:
        return this.flat('or', left, precedence);
      case Precedence.AND:
        return this.flat('and', left, precedence);
      case Precedence.XOR: {
        this.skip();
        const right = this.climb(precedence + 1);
        return { kind: 'xor', left, right, start: left.start, end: this.lastEnd };
      }
      case Precedence.COMPARISON:
        return this.at('IS') ? this.is(left) : this.comparison(left);
      case Precedence.PREDICATE:
        return this.predicate(left);
      case Precedence.CONCAT: {
        this.skip();
        const right = this.climb(precedence + 1);
        return {
          kind: 'function',
          name: 'concat',
          args: [left, right],
          start: left.start,
          end: this.lastEnd,
        };
      }
      default:
        return this.arithmetic(left, precedence);
    }
  }

  /** AND and OR have any number of operands: chains of thousands must not make a tree as high. */
  private flat(kind: 'and' | 'or', left: Expr, precedence: number): Expr {
    this.skip();
    const right = this.climb(precedence + 1);
    const node: And | Or = left.kind === kind ? left : { kind, operands: [left], start: left.start };
    if (right.kind === kind) for (const operand of right.operands) node.operands.push(operand);
    else node.operands.push(right);
    node.end = this.lastEnd;
    return node;
  }

  private arithmetic(left: Expr, precedence: number): Expr {
    const word = this.word;
    this.skip();
    const op = (word === 'MOD' ? '%' : word.toLowerCase()) as BinaryOp;
    const right = this.climb(precedence + 1);
    return { kind: 'binary', op, left, right, start: left.start, end: this.lastEnd };
  }

  private comparison(left: Expr): Expr {
    const word = this.word;
    this.skip();
    const op = (word === '!=' ? '<>' : word) as ComparisonOp;
    const node: Comparison = { kind: 'comparison', op, left, right: left, start: left.start };
    if ((this.at('ANY') || this.at('SOME') || this.at('ALL')) && this.atAhead(1, '(')) {
      node.quantifier = this.at('ALL') ? 'all' : 'any';
      this.skip();
      node.right = this.subquery();
    } else {
      node.right = this.climb(Precedence.COMPARISON + 1);
    }
    node.end = this.lastEnd;
    return node;
  }

  private is(operand: Expr): Expr {
    this.need('IS');
    const not = this.eat('NOT');
    const word = this.needAny(['NULL', 'TRUE', 'FALSE', 'UNKNOWN']);
    const test = word.toLowerCase() as Is['test'];
    return { kind: 'is', operand, test, not, start: operand.start, end: this.lastEnd };
  }

  private predicate(operand: Expr): Expr | undefined {
    const not = this.at('NOT');
    const word = this.wordAhead(not ? 1 : 0);
    if (not && !negatable.has(word)) return undefined;
    if (word === 'SOUNDS') return this.soundsLike(operand);
    if (word === 'MEMBER') return this.memberOf(operand);
    if (not) this.skip();
    this.skip();
    switch (word) {
      case 'IN':
        return this.in(operand, not);
      case 'BETWEEN':
        return this.between(operand, not);
      case 'LIKE':
        return this.like(operand, not);
      default: {
        const pattern = this.bitExpr();
        return { kind: 'regexp', operand, pattern, not, start: operand.start, end: this.lastEnd };
      }
    }
  }

  private in(operand: Expr, not: boolean): Expr {
    const right = this.inList();
    return { kind: 'in', operand, right, not, start: operand.start, end: this.lastEnd };
  }

  private inList(): Tuple | Subquery | ListArgument {
    const { start } = this;
    if (this.type === Token.LIST_ARG) {
      const name = this.text().slice(2);
      this.skip();
      return { kind: 'listArg', name, start, end: this.lastEnd };
    }
    if (!this.at('(')) this.fail();
    if (this.isQueryParenthesis()) return this.subquery();
    const items = this.parenthesised(() => this.exprs());
    return { kind: 'tuple', items, start, end: this.lastEnd };
  }

  private between(operand: Expr, not: boolean): Expr {
    const low = this.bitExpr();
    this.need('AND');
    const high = this.climb(Precedence.PREDICATE);
    return { kind: 'between', operand, low, high, not, start: operand.start, end: this.lastEnd };
  }

  private like(operand: Expr, not: boolean): Expr {
    const node: Like = { kind: 'like', operand, pattern: this.bitExpr(), not, start: operand.start };
    if (this.eat('ESCAPE')) node.escape = this.bitExpr();
    node.end = this.lastEnd;
    return node;
  }

  /** `a SOUNDS LIKE b` is SOUNDEX(a) = SOUNDEX(b). */
  private soundsLike(operand: Expr): Expr | undefined {
    if (!this.eat2('SOUNDS', 'LIKE')) return undefined;
    const other = this.bitExpr();
    const soundex = (expr: Expr): Expr => ({
      kind: 'function',
      name: 'soundex',
      args: [expr],
      start: expr.start,
      end: expr.end,
    });
    const node: Comparison = { kind: 'comparison', op: '=', left: soundex(operand), right: soundex(other) };
    return { ...node, start: operand.start, end: this.lastEnd };
  }

  private memberOf(operand: Expr): Expr | undefined {
    if (!this.atAhead(1, 'OF') && !this.atAhead(1, '(')) return undefined;
    this.skip();
    this.eat('OF');
    const array = this.parenthesised(() => this.expr());
    return { kind: 'memberOf', operand, array, start: operand.start, end: this.lastEnd };
  }
}
