import { executableEnd } from '../lexer/executable-comment';
import { KeywordClass, keywords } from '../lexer/keywords';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { syntaxError } from '../lexer/syntax-error';
import { Token } from '../lexer/token';
import { Action, actions, isTypeWord, keepsNext } from './keyword-actions';
import { LiteralMarks, Mark } from './literal-marks';

/** What an open parenthesis, or the statement outside of them, is in the middle of. */
const Clause = {
  OTHER: 0,
  SELECT_LIST: 1,
  /** ORDER BY, GROUP BY, PARTITION BY. */
  BY_LIST: 2,
  /** HAVING, and parentheses inside a select list or a BY list: equal literals there must stay equal. */
  SHARED: 3,
  JSON_TABLE: 4,
  /** The length of a type. */
  LENGTH: 5,
  /** The list of IN, as long as nothing but literals was seen. */
  LIST: 6,
  /** POSITION(a IN (b)) has no list. */
  POSITION: 7,
} as const;

const IN = keywords.idOf.get('IN') ?? -1;
const BY = keywords.idOf.get('BY') ?? -1;
const AS = keywords.idOf.get('AS') ?? -1;
const SELECT = keywords.idOf.get('SELECT') ?? -1;
const JSON_TABLE = keywords.idOf.get('JSON_TABLE') ?? -1;
const POSITION = keywords.idOf.get('POSITION') ?? -1;

const MINUS = 45;
const UNDERSCORE = 95;

const MAX_NESTING = 2000;

/**
 * Walks once over the tokens of a statement and marks what becomes of each literal. It knows clauses and parentheses,
 * no grammar: a literal that it is not sure about stays, which costs a plan-cache entry and never a wrong answer.
 *
 * Literals stay where they name a column (a select item without alias, seen whole), where they are a position (ORDER
 * BY 1), a name (`AS 'x'`), a length, a path, or a type (`DATE '..'`).
 */
export class LiteralFinder {
  readonly marks = new LiteralMarks();
  readonly scanner: Scanner;
  /** Names of `:name` variables that the text brings along. */
  argumentNames?: string[];
  params = 0;
  /** End of the last token that belongs to the statement. */
  end = 0;

  // one entry per open parenthesis
  private readonly clauses: number[] = [Clause.OTHER];
  private readonly itemStarts: number[] = [0];
  private depth = 0;
  private listMark = -1;
  private listWantsValue = false;
  private listSign = -1;
  private keepRest = false;

  // the two tokens before the current one
  private type1: number = Token.EOF;
  private keyword1 = 0;
  private word1 = '';
  private start1 = 0;
  private end1 = 0;
  private type2: number = Token.EOF;
  private keyword2 = 0;
  private word2 = '';

  constructor(
    private readonly sql: string,
    options: LexOptions,
    /** An INSERT or REPLACE: the select list of its query names nothing. */
    private insertSelect: boolean,
  ) {
    this.scanner = new Scanner(sql, options, true);
  }

  /** `start`: offset of the statement's first token. */
  run(start: number): void {
    const scanner = this.scanner;
    scanner.end = start;
    for (;;) {
      scanner.next();
      if (scanner.type === Token.EOF) break;
      if (scanner.type === Token.COMMENT) {
        this.comment();
        continue;
      }
      if (scanner.type === Token.OP && scanner.word === ';') {
        this.closingSemicolon();
        break;
      }
      this.token();
      this.type2 = this.type1;
      this.keyword2 = this.keyword1;
      this.word2 = this.word1;
      this.type1 = scanner.type;
      this.keyword1 = scanner.keyword;
      this.word1 = scanner.word;
      this.start1 = scanner.start;
      this.end1 = scanner.end;
    }
    if (this.depth > 0) throw syntaxError(this.sql, this.sql.length);
    this.end = executableEnd(this.sql, this.end1);
    if (this.clauses[0] === Clause.SELECT_LIST) this.endItem(0);
  }

  private closingSemicolon(): void {
    do this.scanner.next();
    while (this.scanner.type === Token.COMMENT || this.scanner.word === ';');
    if (this.scanner.type !== Token.EOF) throw syntaxError(this.sql, this.scanner.start);
  }

  /** A comment between select items would be part of a column's name: it stays, all others go. */
  private comment(): void {
    const inList = this.clauses[this.depth] === Clause.SELECT_LIST;
    if (inList && this.keyword1 !== SELECT) return;
    const { start, end } = this.scanner;
    this.marks.push(start, end, Token.COMMENT, Mark.DROP);
    if (inList) this.itemStarts[this.depth] = this.marks.length;
  }

  private token(): void {
    const { type, keyword } = this.scanner;
    if (this.clauses[this.depth] === Clause.LIST && !this.listToken()) this.abandonList();
    switch (type) {
      case Token.WORD:
        if (keyword !== 0) this.keyword(keyword);
        return;
      case Token.OP:
        return this.symbol(this.scanner.word);
      case Token.INT:
      case Token.DECIMAL:
      case Token.FLOAT:
      case Token.STRING:
      case Token.HEXNUM:
      case Token.HEXVAL:
      case Token.BITNUM:
      case Token.BITVAL:
        return this.literal(type);
      case Token.PARAM:
        this.marks.push(this.scanner.start, this.scanner.end, type, Mark.PARAM);
        this.params++;
        return;
      case Token.ARG:
      case Token.LIST_ARG:
        (this.argumentNames ??= []).push(
          this.sql.slice(this.scanner.start, this.scanner.end).replace(/^::?/, ''),
        );
        return;
      default:
    }
  }

  private keyword(keyword: number): void {
    const action = actions[keyword];
    if (action === Action.NONE) return;
    const depth = this.depth;
    const inList = this.clauses[depth] === Clause.SELECT_LIST;
    switch (action) {
      case Action.SELECT:
        if (inList) this.endItem(depth);
        this.clauses[depth] = Clause.SELECT_LIST;
        this.itemStarts[depth] = this.marks.length;
        return;
      case Action.CLAUSE:
      case Action.GROUP_OR_ORDER:
        if (this.clauses[depth] === Clause.JSON_TABLE) return;
        if (inList) this.endItem(depth);
        this.clauses[depth] = Clause.OTHER;
        return;
      case Action.BY:
        this.clauses[depth] = Clause.BY_LIST;
        return;
      case Action.HAVING:
        if (inList) this.endItem(depth);
        this.clauses[depth] = Clause.SHARED;
        return;
      case Action.RETURNING:
        if (inList) return;
        this.insertSelect = false;
        this.clauses[depth] = Clause.SELECT_LIST;
        this.itemStarts[depth] = this.marks.length;
        return;
      case Action.OUTFILE:
        this.keepRest = true;
        return;
      default:
    }
  }

  private symbol(word: string): void {
    if (word === '(') this.open();
    else if (word === ')') this.close();
    else if (word === ',') {
      if (this.clauses[this.depth] === Clause.SELECT_LIST) this.endItem(this.depth);
    }
  }

  private open(): void {
    if (this.depth >= MAX_NESTING) throw syntaxError(this.sql, this.scanner.start);
    let clause: number = Clause.OTHER;
    const outer = this.clauses[this.depth];
    if (this.keyword1 === IN && outer !== Clause.POSITION) clause = Clause.LIST;
    else if (this.keyword1 === POSITION) clause = Clause.POSITION;
    else if (this.keyword1 === JSON_TABLE) clause = Clause.JSON_TABLE;
    else if (this.type1 === Token.WORD && isTypeWord[this.keyword1] === 1) clause = Clause.LENGTH;
    else if (outer === Clause.BY_LIST && (this.keyword1 === BY || this.word1 === ','))
      clause = Clause.BY_LIST;
    else if (outer !== Clause.OTHER) clause = Clause.SHARED;
    this.depth++;
    this.clauses[this.depth] = clause;
    this.itemStarts[this.depth] = this.marks.length;
    if (clause === Clause.LIST) {
      this.listMark = this.marks.length;
      this.marks.push(this.scanner.start, this.scanner.start, Token.EOF, Mark.LIST);
      this.listWantsValue = true;
      this.listSign = -1;
    }
  }

  private close(): void {
    if (this.depth === 0) throw syntaxError(this.sql, this.scanner.start);
    const clause = this.clauses[this.depth];
    if (clause === Clause.SELECT_LIST) this.endItem(this.depth);
    if (clause === Clause.LIST) {
      const { marks } = this;
      marks.setEnd(this.listMark, this.scanner.end);
      marks.setLink(this.listMark, marks.length);
      if (this.keepRest) marks.keepFrom(this.listMark);
    }
    this.depth--;
  }

  /** Whether the token may stand in a list of plain literals. Keeps track of signs: `IN (-1, 2)` folds. */
  private listToken(): boolean {
    const { type, word } = this.scanner;
    if (type === Token.OP) {
      if (word === ',' || word === ')') {
        if (this.listWantsValue) return false;
        this.listWantsValue = word === ',';
        return true;
      }
      if (word !== '-' || !this.listWantsValue || this.listSign >= 0) return false;
      this.listSign = this.scanner.start;
      return true;
    }
    if (this.listSign >= 0 && (type > Token.FLOAT || this.scanner.start !== this.listSign + 1)) return false;
    if (!this.listWantsValue || type < Token.INT || type > Token.BITVAL || type === Token.NSTRING)
      return false;
    this.listWantsValue = false;
    return true;
  }

  /** The list is no list of plain literals: its literals are bound one by one. */
  private abandonList(): void {
    const { marks } = this;
    marks.setMark(this.listMark, Mark.KEEP);
    for (let i = this.listMark + 1; i < marks.length; i++) {
      // a folded sign belongs to the statement again
      if (this.sql.charCodeAt(marks.start(i)) === MINUS) marks.setStart(i, marks.start(i) + 1);
    }
    this.clauses[this.depth] = this.clauses[this.depth - 1] === Clause.OTHER ? Clause.OTHER : Clause.SHARED;
    this.itemStarts[this.depth] = this.listMark;
  }

  private literal(type: number): void {
    const { scanner, marks } = this;
    if (this.clauses[this.depth] === Clause.LIST) {
      const start = this.listSign >= 0 ? this.listSign : scanner.start;
      this.listSign = -1;
      return marks.push(start, scanner.end, type, Mark.BIND);
    }
    if (type === Token.STRING && this.type1 === Token.STRING) return this.adjacentString();
    if (type >= Token.STRING && this.introduced()) return this.binaryString(type);
    marks.push(scanner.start, scanner.end, type, this.markOf(type));
  }

  /** 'a' 'b' is one literal. */
  private adjacentString(): void {
    const { marks } = this;
    const last = marks.length - 1;
    if (last < 0 || marks.end(last) !== this.end1) return;
    marks.setEnd(last, this.scanner.end);
    marks.setLink(last, 1);
  }

  private introduced(): boolean {
    return this.type1 === Token.WORD && this.sql.charCodeAt(this.start1) === UNDERSCORE;
  }

  /** _binary'..' is bound as a whole; a literal with another introducer stays. */
  private binaryString(type: number): void {
    const introducer = this.sql.slice(this.start1, this.end1).toLowerCase();
    const binary = introducer === '_binary' && type === Token.STRING && !this.keepRest;
    this.marks.push(
      binary ? this.start1 : this.scanner.start,
      this.scanner.end,
      type,
      binary ? Mark.BIND : Mark.KEEP,
    );
  }

  private markOf(type: number): number {
    if (this.keepRest || keepsNext[this.keyword1] === 1) return Mark.KEEP;
    const clause = this.clauses[this.depth];
    switch (type) {
      case Token.INT:
        if (clause === Clause.LENGTH) return Mark.KEEP;
        if (clause === Clause.BY_LIST && (this.keyword1 === BY || this.word1 === ',' || this.word1 === '(')) {
          return Mark.KEEP;
        }
        break;
      case Token.STRING:
        if (this.followsOperand() || this.word1 === '->' || this.word1 === '->>') return Mark.KEEP;
        break;
      default:
    }
    if (clause === Clause.JSON_TABLE) return this.word1 === '(' ? Mark.BIND : Mark.KEEP;
    return clause === Clause.OTHER ? Mark.BIND : Mark.SHARE;
  }

  /** A string behind a complete operand is an alias, or belongs to a name before it: `{d '..'}`. */
  private followsOperand(): boolean {
    if (this.type1 === Token.WORD) return keywords.classes[this.keyword1] < KeywordClass.reserved;
    return (
      this.type1 === Token.QUOTED ||
      this.word1 === ')' ||
      (this.type1 >= Token.INT && this.type1 <= Token.BITVAL)
    );
  }

  private endItem(depth: number): void {
    const from = this.itemStarts[depth];
    if (this.marks.length > from && !(this.insertSelect && depth === 0) && !this.aliased())
      this.marks.keepFrom(from);
    this.itemStarts[depth] = this.marks.length;
  }

  /** Whether the select item that ends here has an alias. Unsure means no. */
  private aliased(): boolean {
    if (this.keyword2 === AS) return true;
    const name = this.type1 === Token.QUOTED || (this.type1 === Token.WORD && this.keyword1 === 0);
    if (!name) return false;
    if (this.type2 === Token.WORD) return this.keyword2 === 0;
    return (
      this.word2 === ')' ||
      this.type2 === Token.QUOTED ||
      (this.type2 >= Token.INT && this.type2 <= Token.BITVAL)
    );
  }
}
