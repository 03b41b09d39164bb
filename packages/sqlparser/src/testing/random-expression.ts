import type { Random } from './random';

const logical = ['and', 'or', 'xor', '&&', '||'];
const comparisons = ['=', '<=>', '<>', '!=', '<', '<=', '>', '>='];
const arithmetic = ['|', '&', '<<', '>>', '+', '-', '*', '/', 'div', 'mod', '%', '^'];

export interface ExpressionOptions {
  /** Operands without operators: columns or constants. */
  leaves: readonly string[];
  /** Operators that chain in ways that MariaDB refuses, too: `a in (1) in (2)`. */
  anyOrder?: boolean;
}

/**
 * Texts of expressions, nearly without parentheses: operands joined by operators of all kinds, so that it is the
 * reader's precedence that makes the tree.
 */
export class RandomExpressions {
  constructor(
    private readonly random: Random,
    private readonly options: ExpressionOptions,
  ) {}

  next(length = 2 + this.random.below(5), depth = 2): string {
    let text = this.prefixed(depth);
    for (let i = 1; i < length; i++) text += this.operator(depth);
    return text;
  }

  private operator(depth: number): string {
    const { random } = this;
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2:
        return ` ${random.pick(logical)} ${this.prefixed(depth)}`;
      case 3:
      case 4:
        return ` ${random.pick(comparisons)} ${this.operand(depth)}`;
      case 5:
        return this.predicate(depth);
      default:
        return ` ${random.pick(arithmetic)} ${this.operand(depth)}`;
    }
  }

  private predicate(depth: number): string {
    const { random } = this;
    // behind the predicate a logical operator goes on, unless any order will do
    const rest = (): string =>
      this.options.anyOrder ? '' : ` ${random.pick(logical)} ${this.prefixed(depth)}`;
    const not = random.chance(0.3) ? ' not' : '';
    const operand = (): string => this.operand(depth - 1);
    switch (random.below(5)) {
      case 0:
        return `${not} in (${operand()}, ${operand()})${rest()}`;
      case 1:
        return `${not} between ${operand()} and ${operand()}${rest()}`;
      case 2:
        return `${not} like ${operand()}${rest()}`;
      case 3:
        return ` is${not} ${random.pick(['null', 'true', 'false', 'unknown'])}${rest()}`;
      default:
        return `${not} ${random.pick(['regexp', 'rlike'])} ${this.leaf()}${rest()}`;
    }
  }

  /** What may stand at the start, and behind AND, OR, XOR. */
  private prefixed(depth: number): string {
    return (this.random.chance(0.2) ? 'not ' : '') + this.operand(depth);
  }

  private operand(depth: number): string {
    const { random } = this;
    switch (random.below(14)) {
      case 0:
        return `-${this.operand(depth)}`.replaceAll('--', '- -');
      case 1:
        return `${random.pick(['~', '!', '+', 'binary '])}${this.operand(depth)}`;
      case 2:
      case 3:
        return depth > 0 ? `(${this.next(2 + random.below(3), depth - 1)})` : this.leaf();
      case 4:
        return depth > 0 ? this.compound(depth - 1) : this.leaf();
      default:
        return this.leaf();
    }
  }

  private compound(depth: number): string {
    const part = (): string => this.next(2, depth);
    switch (this.random.below(5)) {
      case 0:
        return `if(${part()}, ${part()}, ${part()})`;
      case 1:
        return `case when ${part()} then ${part()} else ${part()} end`;
      case 2:
        return `case ${part()} when ${part()} then ${part()} end`;
      case 3:
        return `coalesce(${part()}, ${part()})`;
      default:
        return `(select ${part()})`;
    }
  }

  private leaf(): string {
    return this.random.pick(this.options.leaves);
  }
}
