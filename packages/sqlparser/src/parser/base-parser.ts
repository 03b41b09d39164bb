import type {
  Column,
  Expr,
  Limit,
  Literal,
  LiteralType,
  OrderItem,
  Query,
  Subquery,
  UserVariable,
} from '../ast';
import { charsets } from '../lexer/keywords';
import { Token } from '../lexer/token';
import { literalText } from '../lexer/values';
import { Cursor } from './cursor';

const literalTypes: Partial<Record<number, LiteralType>> = {
  [Token.INT]: 'int',
  [Token.DECIMAL]: 'decimal',
  [Token.FLOAT]: 'float',
  [Token.STRING]: 'string',
  [Token.NSTRING]: 'nstring',
  [Token.HEXNUM]: 'hexnum',
  [Token.HEXVAL]: 'hexval',
  [Token.BITNUM]: 'bitnum',
  [Token.BITVAL]: 'bitval',
};

/** Pieces that expressions, queries and statements share. Subclasses bring `expr` and `query`. */
export abstract class BaseParser extends Cursor {
  /** An expression of any precedence. */
  abstract expr(): Expr;
  /** A query with its tail; a parenthesised one, too. */
  abstract query(): Query;

  protected abstract orderBy(): OrderItem[];
  protected abstract limit(): Limit;

  protected exprs(): Expr[] {
    return this.list(() => this.expr());
  }

  /** Whether a query starts at the token `n` ahead. */
  protected isQueryStart(n = 0): boolean {
    switch (this.wordAhead(n)) {
      case 'SELECT':
      case 'WITH':
        return true;
      case 'VALUES':
        return this.atAhead(n + 1, 'ROW') || this.atAhead(n + 1, '(');
      case 'TABLE':
        return this.isName(n + 1);
      default:
        return false;
    }
  }

  /**
   * Whether the `(` here opens a query. `((select 1) + 1)` does not: what follows the inner parenthesis decides, so
   * nothing is parsed twice.
   */
  protected isQueryParenthesis(): boolean {
    let n = 1;
    while (this.atAhead(n, '(')) n++;
    if (!this.isQueryStart(n)) return false;
    // VALUES (col) is a function
    if (this.atAhead(n, 'VALUES') && this.atAhead(n + 1, '(') && n > 0 && this.isValuesCall(n)) return false;
    for (let inner = n - 1, outer = n - 2; outer >= 0; inner--, outer--) {
      const closer = this.closerAhead(inner);
      if (closer < 0) return true; // the parser will meet the missing parenthesis
      if (closer + 1 === this.closerAhead(outer)) continue;
      return continuesQuery.has(this.wordAhead(closer + 1));
    }
    return true;
  }

  /** Whether the VALUES at `n` is the function of ON DUPLICATE KEY UPDATE, as in `(values(a) + 1)`. */
  private isValuesCall(n: number): boolean {
    const closer = this.closerAhead(n + 1);
    return closer - n === 3 || (closer - n === 5 && this.atAhead(n + 3, '.'));
  }

  protected parenthesisedQuery(): Query {
    if (!this.isQueryParenthesis()) this.failInParentheses();
    return this.parenthesised(() => this.query());
  }

  protected subquery(): Subquery {
    const { start } = this;
    const query = this.parenthesisedQuery();
    return { kind: 'subquery', query, start, end: this.lastEnd };
  }

  protected isLiteral(n = 0): boolean {
    const type = this.typeAhead(n);
    return type >= Token.INT && type <= Token.BITVAL;
  }

  protected literal(charset?: string, start = this.start): Literal {
    const type = literalTypes[this.type] ?? this.fail();
    const text = this.text();
    if (type === 'string') {
      const value = this.rawString();
      // the bytes of a binary string are no text, whatever they look like
      const decoded =
        charset === 'binary' ? binaryText(value, this.options.encoding) : literalText(value, this.options);
      return { kind: 'literal', type, ...decoded, ...(charset && { charset }), start, end: this.lastEnd };
    }
    const value = type === 'nstring' ? this.nationalString() : digitsOf(type, text);
    this.skip();
    return { kind: 'literal', type, value, ...(charset && { charset }), start, end: this.lastEnd };
  }

  /** `_utf8mb4'..'`: a word that names a character set, right before a literal. */
  protected introducer(): string {
    if (this.type !== Token.WORD || this.sql[this.start] !== '_') return '';
    const next = this.typeAhead(1);
    if (next !== Token.STRING && (next < Token.HEXNUM || next > Token.BITVAL)) return '';
    const charset = this.text().slice(1).toLowerCase();
    return charsets.has(charset) ? charset : '';
  }

  protected userVariable(): UserVariable {
    const { start } = this;
    if (this.type !== Token.USER_VAR) this.fail();
    const name = this.text().slice(1);
    this.skip();
    return { kind: 'userVar', name: unquoteVariable(name), start, end: this.lastEnd };
  }

  protected column(): Column {
    const { start } = this;
    const odbc = this.eat('.');
    const parts = [this.name()];
    if (odbc && !this.at('.')) this.fail();
    while (parts.length < 3 && this.eat('.')) parts.push(this.name());
    return this.columnOf(parts, start);
  }

  protected columnOf(parts: string[], start: number): Column {
    const name = parts[parts.length - 1];
    const column: Column = { kind: 'column', name, start, end: this.lastEnd };
    if (parts.length > 1) column.table = parts[parts.length - 2];
    if (parts.length > 2) column.keyspace = parts[0];
    return column;
  }

  /** A character set or collation: a name, a string, or BINARY. */
  protected charsetName(): string {
    if (this.eat('BINARY')) return 'binary';
    return (this.type === Token.STRING ? this.plainString() : this.name()).toLowerCase();
  }
}

const continuesQuery = new Set(['UNION', 'EXCEPT', 'INTERSECT', 'ORDER', 'LIMIT', 'FOR', 'LOCK', 'INTO']);

function digitsOf(type: LiteralType, text: string): string {
  switch (type) {
    case 'hexnum':
    case 'bitnum':
      return text.slice(2);
    case 'hexval':
    case 'bitval':
      return text.slice(2, -1);
    default:
      return text;
  }
}

function binaryText(
  value: string,
  encoding: 'utf8' | 'latin1' = 'utf8',
): { value: string; encoding?: 'latin1' } {
  const ascii = /^[\0-\x7f]*$/.test(value);
  if (ascii || encoding === 'utf8') return { value };
  return { value, encoding: 'latin1' };
}

function unquoteVariable(name: string): string {
  const quote = name[0];
  if (quote !== '`' && quote !== "'" && quote !== '"') return name;
  return name.slice(1, -1).replaceAll(quote + quote, quote);
}
