import type { Show, Statement } from '../ast';
import { Token } from '../lexer/token';
import { SetParser } from './set-parser';

/** Words that end the name of what is shown. */
const clauseWords = new Set(['LIKE', 'WHERE', 'FROM', 'IN', 'LIMIT', 'FOR', 'ON']);

const synonyms: Partial<Record<string, string>> = {
  schemas: 'databases',
  fields: 'columns',
  indexes: 'index',
  keys: 'index',
  charset: 'character set',
  'create schema': 'create database',
  'storage engines': 'engines',
};

/** SHOW: the object is words, the clauses behind it are read where they are of a known form. */
export abstract class ShowParser extends SetParser {
  protected show(): Statement {
    const { start } = this;
    this.need('SHOW');
    const show: Show = { kind: 'show', what: '', full: false, extended: false, text: '', start };
    this.showModifiers(show);
    if (this.at('CREATE')) this.showCreate(show);
    else this.showObject(show);
    this.showClauses(show);
    this.skipRest();
    show.end = this.lastEnd;
    show.text = this.statementText(start);
    return show;
  }

  protected abstract statementText(start: number): string;

  /** Moves to the end of the statement. */
  protected skipRest(): void {
    while (this.type !== Token.EOF && !this.at(';')) this.skip();
  }

  /** Moves to the end of the text, but for closing semicolons. */
  protected skipToEnd(): void {
    while (this.type !== Token.EOF) this.skip();
    while (this.index > 0 && this.wordAhead(-1) === ';') this.index--;
  }

  private showModifiers(show: Show): void {
    for (;;) {
      if (this.eat('EXTENDED')) show.extended = true;
      else if (this.eat('FULL')) show.full = true;
      else if (this.at('GLOBAL') || this.at('SESSION') || this.at('LOCAL')) {
        show.scope = this.at('GLOBAL') ? 'global' : 'session';
        this.skip();
      } else if (this.at('VITESS_METADATA')) {
        show.scope = 'vitess_metadata';
        this.skip();
      } else return;
    }
  }

  private showCreate(show: Show): void {
    this.need('CREATE');
    show.what = this.synonym(`create ${this.upper().toLowerCase()}`);
    this.skip();
    if (show.what === 'create package' && this.eatWord('BODY')) show.what = 'create package body';
    if (this.eat('IF')) {
      this.need('NOT');
      this.need('EXISTS');
    }
    if (show.what === 'create user') return;
    if (show.what === 'create database') show.keyspace = this.name();
    else show.table = this.tableName();
  }

  private showObject(show: Show): void {
    const words: string[] = [];
    if (this.upper() === 'COUNT' && this.atAhead(1, '(')) {
      this.skip();
      for (const symbol of ['(', '*', ')']) this.need(symbol);
      words.push('count');
    }
    if (this.upper() === 'ENGINE') return this.showEngine(show);
    while (this.type === Token.WORD && !clauseWords.has(this.word)) {
      words.push(this.upper().toLowerCase());
      this.skip();
    }
    if (this.isType(Token.STRING) && words.length > 0) {
      show.argument = this.plainString();
      while (this.type === Token.WORD && !clauseWords.has(this.word)) {
        words.push(this.upper().toLowerCase());
        this.skip();
      }
    }
    if (words.length === 0) this.fail();
    show.what = this.synonym(words.join(' '));
  }

  private showEngine(show: Show): void {
    this.skip();
    show.argument = this.nameOrString().toLowerCase();
    show.what = `engine ${this.upper().toLowerCase()}`;
    this.skip();
  }

  private synonym(what: string): string {
    return synonyms[what] ?? what;
  }

  private showClauses(show: Show): void {
    const ofTable = show.what === 'columns' || show.what === 'index';
    for (;;) {
      switch (this.word) {
        case 'FROM':
        case 'IN':
          this.skip();
          if (ofTable && !show.table) show.table = this.tableName();
          else if (this.type === Token.STRING) return;
          else show.keyspace = this.name();
          break;
        case 'ON':
          this.skip();
          show.table = this.tableName();
          break;
        case 'LIKE':
          this.skip();
          show.like = this.literal();
          break;
        case 'WHERE':
          this.skip();
          show.where = this.expr();
          break;
        case 'LIMIT':
          show.limit = this.limit();
          break;
        case 'FOR':
          this.skip();
          if (this.isName() || this.type === Token.STRING) show.argument = this.nameOrString();
          return;
        default:
          if (this.at('.') && show.keyspace !== undefined) return;
          if (!this.atEnd() && !this.at(';')) this.checkKnownRest(show);
          return;
      }
    }
  }

  /** What follows is not taken apart; after FROM and the like it must be nothing. */
  private checkKnownRest(show: Show): void {
    if (show.like ?? show.where ?? show.limit ?? show.keyspace ?? show.table) this.fail();
  }
}
