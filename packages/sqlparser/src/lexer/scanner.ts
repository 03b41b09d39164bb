import { keywords } from './keywords';
import { runsVersion, type LexOptions } from './options';
import { syntaxError } from './syntax-error';
import { CharClass, Token, charClasses, isDigit, isHexDigit, isIdentifierChar } from './token';

/** Operators of one character, by code; any other character scans as an operator that no rule knows. */
const operators: readonly string[] = Array.from({ length: 128 }, (_, c) => String.fromCharCode(c));

const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKQUOTE = 96;
const BACKSLASH = 92;
const DOT = 46;
const STAR = 42;
const SLASH = 47;
const AT = 64;
const COLON = 58;

const LONG_STRING = 64;

/**
 * Reads a statement token by token without making an object per token: `next()` moves on, the fields describe the
 * current one. Executable comments are read through as if their delimiters were blanks.
 */
export class Scanner {
  type: number = Token.EOF;
  start = 0;
  end = 0;
  /** A keyword in upper case, an operator as written, `''` for anything else. */
  word = '';
  /** Id of the keyword, 0 for none. */
  keyword = 0;

  private readonly length: number;
  private readonly stringQuote2: number;
  private readonly escapes: boolean;
  private executableDepth = 0;
  private afterDot = false;

  constructor(
    readonly sql: string,
    private readonly options: LexOptions = {},
    private readonly comments = false,
  ) {
    this.length = sql.length;
    this.stringQuote2 = options.ansiQuotes ? -1 : DOUBLE_QUOTE;
    this.escapes = !options.noBackslashEscapes;
  }

  /** Whether the current token stands in an executable comment. */
  get inExecutable(): boolean {
    return this.executableDepth > 0;
  }

  next(): void {
    const sql = this.sql;
    let i = this.end;
    for (;;) {
      if (i >= this.length) return this.endOfText();
      const c = sql.charCodeAt(i);
      const charClass = c < 128 ? charClasses[c] : CharClass.LETTER;
      if (charClass === CharClass.SPACE) {
        i++;
        continue;
      }
      if (charClass === CharClass.LETTER) return this.scanWord(i, c);
      if (charClass === CharClass.DIGIT) return this.afterDot ? this.plainWord(i) : this.number(i);
      if (c === 35 || c === 45 || c === SLASH || c === STAR) {
        const after = this.comment(i, c);
        if (after < 0) return;
        if (after > i) {
          i = after;
          continue;
        }
      }
      return this.symbol(i, c);
    }
  }

  private emit(type: number, start: number, end: number): void {
    this.type = type;
    this.start = start;
    this.end = end;
    this.word = '';
    this.keyword = 0;
    this.afterDot = false;
  }

  private operator(word: string, start: number): void {
    this.type = Token.OP;
    this.start = start;
    this.end = start + word.length;
    this.word = word;
    this.keyword = 0;
    // `t.select` is a name, `t. select` is none
    this.afterDot = word === '.' && isIdentifierChar(this.sql.charCodeAt(this.end));
  }

  private endOfText(): void {
    if (this.executableDepth > 0) throw syntaxError(this.sql, this.length);
    this.emit(Token.EOF, this.length, this.length);
  }

  /**
   * A comment that starts at `i`: returns the offset behind it, `i` when there is none, -1 when the comment became the
   * current token.
   */
  private comment(i: number, c: number): number {
    const sql = this.sql;
    const d = sql.charCodeAt(i + 1);
    if (c === SLASH && d === STAR) return this.blockComment(i);
    if (c === STAR) {
      if (d !== SLASH || this.executableDepth === 0) return i;
      this.executableDepth--;
      return i + 2;
    }
    // `--` starts a comment only before a blank or a control character
    if (c === 35 || (c === 45 && d === 45 && (i + 2 >= this.length || sql.charCodeAt(i + 2) <= 32))) {
      const newline = sql.indexOf('\n', i);
      const end = newline < 0 ? this.length : newline;
      if (!this.comments) return end;
      this.emit(Token.COMMENT, i, end);
      return -1;
    }
    return i;
  }

  private blockComment(i: number): number {
    const sql = this.sql;
    const d = sql.charCodeAt(i + 2);
    const mariadb = d === 77 && sql.charCodeAt(i + 3) === 33;
    if (d === 33 || mariadb) {
      const bodyStart = i + (mariadb ? 4 : 3);
      let j = bodyStart;
      while (j < bodyStart + 6 && isDigit(sql.charCodeAt(j))) j++;
      const version = j - bodyStart >= 5 ? Number(sql.slice(bodyStart, j)) : 0;
      if (version === 0) j = bodyStart;
      const runs = mariadb
        ? this.options.flavor === 'mariadb' && version <= (this.options.serverVersion ?? 101100)
        : runsVersion(version, this.options);
      if (runs) {
        this.executableDepth++;
        return j;
      }
    }
    const close = sql.indexOf('*/', i + 2);
    if (close < 0) throw syntaxError(sql, i);
    const hint = d === 43 || (d === 118 && sql.startsWith('vt+', i + 2));
    if (!hint && !this.comments) return close + 2;
    this.emit(hint ? Token.HINT : Token.COMMENT, i, close + 2);
    return -1;
  }

  /** A word, or a literal with a letter before its quote. */
  private scanWord(i: number, c: number): void {
    const sql = this.sql;
    if (!this.afterDot && sql.charCodeAt(i + 1) === QUOTE) {
      const lower = c | 32;
      if (lower === 120 || lower === 98) {
        return this.emit(lower === 120 ? Token.HEXVAL : Token.BITVAL, i, this.quotedBits(i, lower === 120));
      }
      if (lower === 110) return this.emit(Token.NSTRING, i, this.stringEnd(QUOTE, i + 2, i));
    }
    if (this.afterDot) return this.plainWord(i);
    let j = i;
    let hash = 0;
    let code = c;
    do {
      hash = (Math.imul(hash, 31) + (code | 32)) | 0;
      code = sql.charCodeAt(++j);
    } while (code >= 128 || charClasses[code] >= CharClass.LETTER);
    this.emit(Token.WORD, i, j);
    // a word with a qualified name's dot behind it is a name, too
    if (code !== DOT || !isIdentifierChar(sql.charCodeAt(j + 1))) this.lookUp(hash);
  }

  private plainWord(i: number): void {
    let j = i + 1;
    while (isIdentifierChar(this.sql.charCodeAt(j))) j++;
    this.emit(Token.WORD, i, j);
  }

  private lookUp(hash: number): void {
    const { table, mask, words } = keywords;
    let slot = hash & mask;
    for (let id = table[slot]; id !== 0; id = table[slot]) {
      const word = words[id];
      if (word.length === this.end - this.start && this.matches(word)) {
        this.word = word;
        this.keyword = id;
        return;
      }
      slot = (slot + 1) & mask;
    }
  }

  private matches(word: string): boolean {
    for (let k = 0; k < word.length; k++) {
      if ((this.sql.charCodeAt(this.start + k) | 32) !== (word.charCodeAt(k) | 32)) return false;
    }
    return true;
  }

  private number(i: number): void {
    const sql = this.sql;
    if (sql.charCodeAt(i) === 48 && this.prefixedNumber(i)) return;
    let j = i + 1;
    while (isDigit(sql.charCodeAt(j))) j++;
    let type: number = Token.INT;
    if (sql.charCodeAt(j) === DOT) {
      type = Token.DECIMAL;
      do j++;
      while (isDigit(sql.charCodeAt(j)));
    }
    const afterExponent = this.exponentEnd(j);
    if (afterExponent > j) return this.emit(Token.FLOAT, i, afterExponent);
    // 1a is an identifier
    if (type === Token.INT && isIdentifierChar(sql.charCodeAt(j))) return this.plainWord(i);
    this.emit(type, i, j);
  }

  private exponentEnd(j: number): number {
    if ((this.sql.charCodeAt(j) | 32) !== 101) return j;
    let k = j + 1;
    const sign = this.sql.charCodeAt(k);
    if (sign === 43 || sign === 45) k++;
    if (!isDigit(this.sql.charCodeAt(k))) return j;
    while (isDigit(this.sql.charCodeAt(k))) k++;
    return k;
  }

  /** 0x1F and 0b01: the letter is lower case, and no other identifier character may follow. */
  private prefixedNumber(i: number): boolean {
    const sql = this.sql;
    const letter = sql.charCodeAt(i + 1);
    let j = i + 2;
    if (letter === 120) while (isHexDigit(sql.charCodeAt(j))) j++;
    else if (letter === 98) while ((sql.charCodeAt(j) & ~1) === 48) j++;
    else return false;
    if (j === i + 2 || isIdentifierChar(sql.charCodeAt(j))) return false;
    this.emit(letter === 120 ? Token.HEXNUM : Token.BITNUM, i, j);
    return true;
  }

  /** End of x'..' or b'..'; anything but digits, or an odd number of hex digits, is a syntax error. */
  private quotedBits(i: number, hex: boolean): number {
    const sql = this.sql;
    let j = i + 2;
    if (hex) while (isHexDigit(sql.charCodeAt(j))) j++;
    else while ((sql.charCodeAt(j) & ~1) === 48) j++;
    if (sql.charCodeAt(j) !== QUOTE || (hex && (j - i) % 2 !== 0)) throw syntaxError(sql, i);
    return j + 1;
  }

  /** `j` is behind the opening quote; returns the offset behind the closing one. */
  private stringEnd(quote: number, j: number, start: number): number {
    const sql = this.sql;
    let long = j + LONG_STRING;
    for (;;) {
      if (j >= long) {
        j = this.nextQuote(quote, j, start);
        long = j + LONG_STRING;
      }
      const c = sql.charCodeAt(j);
      if (c === quote) {
        if (sql.charCodeAt(j + 1) !== quote) return j + 1;
        j += 2;
      } else if (c === BACKSLASH && this.escapes) {
        j += 2;
      } else if (j >= this.length) {
        throw syntaxError(sql, start);
      } else {
        j++;
      }
    }
  }

  /**
   * The offset of the next quote, or of the backslash right before it if that escapes it: in long strings the native
   * search is many times faster. `from` is behind a whole character or escape.
   */
  private nextQuote(quote: number, from: number, start: number): number {
    const { sql } = this;
    const at = sql.indexOf(String.fromCharCode(quote), from);
    if (at < 0) throw syntaxError(sql, start);
    let run = at;
    if (this.escapes) while (run > from && sql.charCodeAt(run - 1) === BACKSLASH) run--;
    return (at - run) % 2 === 0 ? at : at - 1;
  }

  private quotedNameEnd(quote: number, j: number, start: number): number {
    for (;;) {
      const close = this.sql.indexOf(String.fromCharCode(quote), j);
      if (close < 0) throw syntaxError(this.sql, start);
      if (this.sql.charCodeAt(close + 1) !== quote) return close + 1;
      j = close + 2;
    }
  }

  private symbol(i: number, c: number): void {
    if (c === QUOTE || c === this.stringQuote2)
      return this.emit(Token.STRING, i, this.stringEnd(c, i + 1, i));
    if (c === BACKQUOTE || c === DOUBLE_QUOTE) {
      return this.emit(Token.QUOTED, i, this.quotedNameEnd(c, i + 1, i));
    }
    if (c === DOT) return this.dot(i);
    if (c === 63) return this.emit(Token.PARAM, i, i + 1);
    if (c === COLON && this.argument(i)) return;
    if (c === AT) return this.variable(i);
    this.operator(this.operatorAt(i, c), i);
  }

  private dot(i: number): void {
    // `t.5` right behind a name is a qualifier; elsewhere `.5` is a number
    const name = (this.type === Token.WORD || this.type === Token.QUOTED) && this.end === i;
    if (name || !isDigit(this.sql.charCodeAt(i + 1))) return this.operator('.', i);
    let j = i + 1;
    while (isDigit(this.sql.charCodeAt(j))) j++;
    const end = this.exponentEnd(j);
    this.emit(end > j ? Token.FLOAT : Token.DECIMAL, i, end);
  }

  private argument(i: number): boolean {
    const list = this.sql.charCodeAt(i + 1) === COLON;
    let j = i + (list ? 2 : 1);
    if (!isIdentifierChar(this.sql.charCodeAt(j))) return false;
    while (isIdentifierChar(this.sql.charCodeAt(j))) {
      j++;
      if (this.sql.charCodeAt(j) === DOT && isIdentifierChar(this.sql.charCodeAt(j + 1))) j++;
    }
    this.emit(list ? Token.LIST_ARG : Token.ARG, i, j);
    return true;
  }

  private variable(i: number): void {
    const sql = this.sql;
    if (sql.charCodeAt(i + 1) !== AT) {
      const end = this.variablePart(i + 1, i, true);
      return end === i + 1 ? this.operator('@', i) : this.emit(Token.USER_VAR, i, end);
    }
    let j = this.variablePart(i + 2, i, false);
    if (j === i + 2) throw syntaxError(sql, i);
    while (sql.charCodeAt(j) === DOT) j = this.variablePart(j + 1, i, false);
    this.emit(Token.SYSTEM_VAR, i, j);
  }

  private variablePart(j: number, start: number, user: boolean): number {
    const c = this.sql.charCodeAt(j);
    if (c === BACKQUOTE) return this.quotedNameEnd(c, j + 1, start);
    if (user && (c === QUOTE || c === DOUBLE_QUOTE)) return this.stringEnd(c, j + 1, start);
    while (isIdentifierChar(this.sql.charCodeAt(j)) || (user && this.sql.charCodeAt(j) === DOT)) j++;
    return j;
  }

  private operatorAt(i: number, c: number): string {
    const d = this.sql.charCodeAt(i + 1);
    switch (c) {
      case 60: // <
        if (d === 61) return this.sql.charCodeAt(i + 2) === 62 ? '<=>' : '<=';
        return d === 62 ? '<>' : d === 60 ? '<<' : '<';
      case 62: // >
        return d === 61 ? '>=' : d === 62 ? '>>' : '>';
      case 33: // !
        return d === 61 ? '!=' : '!';
      case 38: // &
        return d === 38 ? '&&' : '&';
      case 124: // |
        return d === 124 ? '||' : '|';
      case 58: // :
        return d === 61 ? ':=' : ':';
      case 45: // -
        if (d !== 62) return '-';
        return this.sql.charCodeAt(i + 2) === 62 ? '->>' : '->';
      default:
        return operators[c];
    }
  }
}
