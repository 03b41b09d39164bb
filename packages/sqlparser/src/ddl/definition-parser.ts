import type { Expr } from '../ast';
import { Token } from '../lexer/token';
import { StatementParser } from '../parser/statement-parser';
import type { DefinitionExpr, TableOption } from './definition-value';
import type { CheckDefinition, KeyReference, ReferenceAction } from './table-definition';

const optionNames: readonly (readonly string[])[] = [
  ['DEFAULT', 'CHARACTER', 'SET'],
  ['DEFAULT', 'CHARSET'],
  ['DEFAULT', 'COLLATE'],
  ['CHARACTER', 'SET'],
  ['DATA', 'DIRECTORY'],
  ['INDEX', 'DIRECTORY'],
  ['STORAGE', 'ENGINE'],
];

/** What the definitions of tables, keys and partitions share. */
export abstract class DefinitionParser extends StatementParser {
  /** Eats all of the words, in their order, or none. */
  protected eatWords(...words: string[]): boolean {
    if (!words.every((word, n) => this.upper(n) === word)) return false;
    this.index += words.length;
    return true;
  }

  protected needWords(...words: string[]): void {
    for (const word of words) if (!this.eatWord(word)) this.fail();
  }

  /** Eats one of the words and returns it in lower case, or `''`. */
  protected eatOneOf<Word extends string>(...words: Word[]): Lowercase<Word> | '' {
    const word = words.find((candidate) => this.upper() === candidate);
    if (word === undefined) return '';
    this.skip();
    return word.toLowerCase() as Lowercase<Word>;
  }

  /** Whether nothing of the statement is left. */
  protected atStatementEnd(): boolean {
    return this.type === Token.EOF || this.at(';');
  }

  /** Moves over one token, or over a parenthesis and what it holds. */
  protected skipUnit(): void {
    if (this.at('(')) {
      const closer = this.closerAhead(0);
      if (closer < 0) this.fail();
      this.index += closer;
    }
    this.skip();
  }

  protected definitionExpr(): DefinitionExpr {
    const { start } = this;
    const expr: Expr = this.expr();
    return { text: this.sql.slice(start, this.lastEnd), expr };
  }

  protected ifExists(): boolean {
    return this.eatWords('IF', 'EXISTS');
  }

  protected ifNotExists(): boolean {
    return this.eatWords('IF', 'NOT', 'EXISTS');
  }

  protected number(): number {
    return Number(this.integer());
  }

  /** `CHECK (condition) [[NOT] ENFORCED]`; the word here is CHECK. */
  protected check(name: string | undefined): CheckDefinition {
    this.needWords('CHECK');
    const condition = this.parenthesised(() => this.definitionExpr());
    const enforced = !this.eatWords('NOT', 'ENFORCED');
    if (enforced) this.eatWord('ENFORCED');
    return { ...(name !== undefined && { name }), condition, enforced };
  }

  /** `REFERENCES t [(columns)] [MATCH ..] [ON DELETE ..] [ON UPDATE ..]` */
  protected reference(): KeyReference {
    this.needWords('REFERENCES');
    const { keyspace, name } = this.tableName();
    const table = keyspace === undefined ? { name } : { keyspace, name };
    const reference: KeyReference = { table, columns: this.at('(') ? this.nameList() : [] };
    if (this.eatWord('MATCH')) {
      const match = this.eatOneOf('FULL', 'PARTIAL', 'SIMPLE');
      if (match === '') this.fail();
      reference.match = match;
    }
    for (;;) {
      if (this.eatWords('ON', 'DELETE')) reference.onDelete = this.referenceAction();
      else if (this.eatWords('ON', 'UPDATE')) reference.onUpdate = this.referenceAction();
      else return reference;
    }
  }

  private referenceAction(): ReferenceAction {
    const word = this.eatOneOf('RESTRICT', 'CASCADE');
    if (word !== '') return word;
    if (this.eatWords('NO', 'ACTION')) return 'no action';
    if (this.eatWords('SET', 'NULL')) return 'set null';
    this.needWords('SET', 'DEFAULT');
    return 'set default';
  }

  /** An option of a table, partition or sequence: `ENGINE = InnoDB`, `DEFAULT CHARSET utf8mb4`. */
  protected option(): TableOption {
    const name = this.optionName();
    this.eat('=');
    if (name === 'UNION') {
      const tables = this.parenthesised(() => this.list(() => this.tableName()));
      return { name, value: tables.map((table) => table.name).join(',') };
    }
    return { name, value: this.optionValue() };
  }

  private optionName(): string {
    const words = optionNames.find((candidate) => candidate.every((word, n) => this.upper(n) === word));
    if (words) {
      this.index += words.length;
      return words.join(' ').replace(/^DEFAULT /, '');
    }
    if (this.type !== Token.WORD && this.type !== Token.QUOTED) this.fail();
    return this.anyName().toUpperCase();
  }

  private optionValue(): string {
    if (this.type === Token.STRING) return this.plainString();
    if (this.type === Token.WORD || this.type === Token.QUOTED) return this.anyName();
    if (!this.isLiteral()) this.fail();
    const text = this.text();
    this.skip();
    return text;
  }
}
