import { SqlError } from '@vitess-ts/vterrors';
import type { TableName } from '../ast';
import { isReserved } from '../lexer/keywords';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { syntaxError } from '../lexer/syntax-error';
import { Token } from '../lexer/token';
import { literalText, quotedValue, stringValue, wordValue } from '../lexer/values';

/** How deep statements may nest: deeper ones would overflow the stack of whoever walks the tree. */
export const MAX_DEPTH = 300;
/** How high a tree may grow by chains such as a + b + c + .., whose left operand is a level down each time. */
export const MAX_HEIGHT = 1000;

/** Words that carry comments behind them that are kept. */
const hinted = new Set([
  'SELECT',
  'INSERT',
  'REPLACE',
  'UPDATE',
  'DELETE',
  'CREATE',
  'ALTER',
  'DROP',
  'TRUNCATE',
  'RENAME',
  'REVERT',
  'VEXPLAIN',
]);

/** Names that are keywords right before a parenthesis, and names otherwise. */
const functionTokens = new Set(
  (
    'ADDDATE BIT_AND BIT_OR BIT_XOR CAST COUNT CURDATE CURTIME DATE_ADD DATE_SUB EXTRACT GROUP_CONCAT JSON_ARRAYAGG ' +
    'JSON_OBJECTAGG MAX MID MIN NOW POSITION STD STDDEV STDDEV_POP STDDEV_SAMP SUBDATE SUBSTR SUBSTRING SUM SYSDATE ' +
    'TRIM VARIANCE VAR_POP VAR_SAMP ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE ' +
    'LAST_VALUE NTH_VALUE'
  ).split(' '),
);

/** The tokens of one statement and a position among them. */
export class Cursor {
  protected index = 0;
  private readonly types: number[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly words: string[] = [];
  private lexError?: unknown;
  /** Whether the first token stands in an executable comment. */
  protected startsInExecutable = false;
  private depth = 0;
  /** Height of the highest expression parsed since it was last set to 0; see `MAX_HEIGHT`. */
  protected height = 0;
  private params = 0;
  private closers?: Int32Array;

  constructor(
    readonly sql: string,
    readonly options: LexOptions = {},
  ) {
    const scanner = new Scanner(sql, options);
    // MySQL scans as it parses: an unclosed quote matters only once the parser comes to it
    try {
      this.read(scanner);
    } catch (error) {
      this.lexError = error;
      this.push(Token.EOF, sql.length, sql.length, '');
    }
  }

  private read(scanner: Scanner): void {
    let last = '';
    do {
      scanner.next();
      if (scanner.type === Token.HINT && !hinted.has(last)) continue;
      if (this.types.length === 0) this.startsInExecutable = scanner.inExecutable;
      if (scanner.type !== Token.HINT) last = scanner.word;
      this.push(scanner.type, scanner.start, scanner.end, scanner.word);
    } while (scanner.type !== Token.EOF);
  }

  private push(type: number, start: number, end: number, word: string): void {
    this.types.push(type);
    this.starts.push(start);
    this.ends.push(end);
    this.words.push(word);
  }

  // ---- looking

  protected get type(): number {
    return this.types[this.index];
  }

  protected get word(): string {
    return this.words[this.index];
  }

  protected get start(): number {
    return this.starts[this.index];
  }

  /** End of the token before the current one. */
  protected get lastEnd(): number {
    return this.index === 0 ? 0 : this.ends[this.index - 1];
  }

  /** Type of the token `n` ahead. */
  protected typeAhead(n: number): number {
    const i = this.index + n;
    return i < this.types.length ? this.types[i] : Token.EOF;
  }

  /** Keyword or operator `n` ahead. */
  protected wordAhead(n: number): string {
    const i = this.index + n;
    return i < this.words.length ? this.words[i] : '';
  }

  /** Whether the current token is this keyword or operator. */
  protected at(word: string): boolean {
    return this.words[this.index] === word;
  }

  protected atAhead(n: number, word: string): boolean {
    return this.wordAhead(n) === word;
  }

  protected isType(type: number): boolean {
    return this.types[this.index] === type;
  }

  protected atEnd(): boolean {
    return this.type === Token.EOF && this.lexError === undefined;
  }

  /** The current token's text. */
  protected text(): string {
    return this.sql.slice(this.starts[this.index], this.ends[this.index]);
  }

  /** The text of a word that is no known keyword, in upper case; `''` for any other token. */
  protected upper(n = 0): string {
    const i = this.index + n;
    return this.typeAhead(n) === Token.WORD ? this.sql.slice(this.starts[i], this.ends[i]).toUpperCase() : '';
  }

  /** Index of the `)` that closes the `(` at token `n` ahead, relative to the current token; -1 if none does. */
  protected closerAhead(n: number): number {
    this.closers ??= this.matchParentheses();
    const closer = this.closers[this.index + n];
    return closer < 0 ? -1 : closer - this.index;
  }

  private matchParentheses(): Int32Array {
    const closers = new Int32Array(this.words.length).fill(-1);
    const open: number[] = [];
    for (let i = 0; i < this.words.length; i++) {
      if (this.words[i] === '(') open.push(i);
      else if (this.words[i] === ')') {
        const opener = open.pop();
        if (opener !== undefined) closers[opener] = i;
      }
    }
    return closers;
  }

  // ---- moving

  protected skip(): void {
    if (this.index < this.types.length - 1) this.index++;
  }

  protected eat(word: string): boolean {
    if (this.words[this.index] !== word) return false;
    this.index++;
    return true;
  }

  /** Eats both words, or none. */
  protected eat2(first: string, second: string): boolean {
    if (!this.at(first) || !this.atAhead(1, second)) return false;
    this.index += 2;
    return true;
  }

  /** Eats one of the words and returns it, or `''`. */
  protected eatAny(words: readonly string[]): string {
    const word = this.words[this.index];
    if (word === '' || !words.includes(word)) return '';
    this.index++;
    return word;
  }

  /** Eats a word that is no keyword of the scanner. */
  protected eatWord(upper: string): boolean {
    if (this.upper() !== upper) return false;
    this.index++;
    return true;
  }

  protected need(word: string): void {
    if (!this.eat(word)) this.fail();
  }

  protected needAny(words: readonly string[]): string {
    return this.eatAny(words) || this.fail();
  }

  /** Throws error 1064 at the current token. */
  protected fail(): never {
    if (this.lexError !== undefined && this.index === this.types.length - 1) throw this.lexError;
    throw syntaxError(this.sql, this.errorOffset());
  }

  /** Where MySQL says that the error at the current token is: its scanner has peculiarities. */
  private errorOffset(): number {
    const { start, index } = this;
    const before = index > 0 && this.ends[index - 1] === start ? this.words[index - 1] : '';
    // a comma counts as read
    if (this.at(',')) return this.ends[index];
    // `sum(` is one thing to it
    if (this.at('(') && functionTokens.has(before)) return this.starts[index - 1];
    return this.at('.') && before === '.' ? this.starts[index - 1] : start;
  }

  /** Throws error 1064 at the token behind the parentheses that open here: it is no query that they hold. */
  protected failInParentheses(): never {
    while (this.at('(')) this.skip();
    this.fail();
  }

  protected list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.eat(',')) items.push(item());
    return items;
  }

  protected parenthesised<T>(content: () => T): T {
    this.need('(');
    const result = content();
    this.need(')');
    return result;
  }

  // ---- limits

  protected enter(): void {
    if (++this.depth > MAX_DEPTH) throw tooDeep(`nests deeper than ${MAX_DEPTH} levels`);
  }

  protected leave(): void {
    this.depth--;
  }

  protected checkHeight(height: number): number {
    if (height > MAX_HEIGHT) throw tooDeep(`chains more than ${MAX_HEIGHT} operators`);
    return height;
  }

  // ---- names and simple values

  /** Whether the token `n` ahead can be an identifier without quotes, or is a quoted one. */
  protected isName(n = 0): boolean {
    const type = this.typeAhead(n);
    return type === Token.QUOTED || (type === Token.WORD && !isReserved(this.wordAhead(n)));
  }

  protected name(): string {
    return this.isName() ? this.anyName() : this.fail();
  }

  /** An identifier where keywords count as such. */
  protected anyName(): string {
    const { type } = this;
    if (type !== Token.WORD && type !== Token.QUOTED) this.fail();
    const i = this.index++;
    const decode = type === Token.WORD ? wordValue : quotedValue;
    return decode(this.sql, this.starts[i], this.ends[i], this.options);
  }

  protected names(): string[] {
    return this.list(() => this.name());
  }

  protected nameList(): string[] {
    return this.parenthesised(() => this.names());
  }

  protected tableName(): TableName {
    const { start } = this;
    if (this.eat('.')) return { name: this.name(), start, end: this.lastEnd };
    const name = this.name();
    if (!this.at('.') || this.atAhead(1, '*')) return { name, start, end: this.lastEnd };
    this.index++;
    return { keyspace: name, name: this.name(), start, end: this.lastEnd };
  }

  /** The value of the STRING token here, adjacent ones joined, in the statement's encoding. */
  protected rawString(): string {
    if (this.type !== Token.STRING) this.fail();
    let value = '';
    while (this.type === Token.STRING) {
      value += stringValue(this.sql, this.starts[this.index], this.ends[this.index], this.options);
      this.index++;
    }
    return value;
  }

  /** The value of the NSTRING token here. */
  protected nationalString(): string {
    const value = stringValue(this.sql, this.start + 1, this.ends[this.index], this.options);
    return literalText(value, this.options).value;
  }

  /** A string that is text by nature: a file name, a JSON path. */
  protected plainString(): string {
    return literalText(this.rawString(), this.options).value;
  }

  protected nameOrString(): string {
    return this.type === Token.STRING ? this.plainString() : this.anyName();
  }

  protected integer(): string {
    if (this.type !== Token.INT) this.fail();
    const text = this.text();
    this.index++;
    return text;
  }

  protected nextParam(): number {
    return this.params++;
  }

  /** Comments kept behind a verb. */
  protected hints(): string[] {
    const comments: string[] = [];
    while (this.type === Token.HINT) {
      comments.push(this.text());
      this.index++;
    }
    return comments;
  }
}

function tooDeep(what: string): SqlError {
  return new SqlError(1064, '42000', `The statement ${what}; split it into several statements`);
}
