import { Token } from '../lexer/token';
import { KeyParser } from './key-parser';
import type { CheckDefinition, ColumnDefinition } from './table-definition';

/** Attributes of a column that are read here, not by node-sql-parser. */
export type ColumnExtras = Pick<
  ColumnDefinition,
  | 'invisible'
  | 'compressed'
  | 'checks'
  | 'references'
  | 'systemVersioning'
  | 'rowPeriod'
  | 'generated'
  | 'generatedAs'
  | 'onUpdateNow'
>;

/** A column on its way: what node-sql-parser is to read of it, and the rest. */
export interface ColumnDraft {
  text: string;
  extras: ColumnExtras;
}

/** Columns: the attributes whose syntax differs between servers are read here, the others are left as text. */
export abstract class ColumnParser extends KeyParser {
  protected readonly drafts: ColumnDraft[] = [];

  /** Returns the number of the draft. */
  protected columnDraft(): number {
    const name = this.name();
    const extras: ColumnExtras = { invisible: false, compressed: false, checks: [], onUpdateNow: false };
    // always quoted: node-sql-parser reads `uuid` and the like as types
    let text = `\`${name.replaceAll('`', '``')}\``;
    while (!this.atColumnEnd()) {
      if (this.columnExtra(extras)) continue;
      const { start, index } = this;
      const before = this.lastEnd;
      // the value of DEFAULT may be a call or a word that is an attribute elsewhere
      if (this.eatWord('DEFAULT')) this.skipDefault();
      else if (this.eatWord('COMMENT')) this.skip();
      else this.skipUnit();
      const gap = this.sql.slice(before, start);
      text += index > 0 && gap === '' ? '' : ' ';
      text += this.textWithoutComments(index);
    }
    return this.drafts.push({ text, extras }) - 1;
  }

  private skipDefault(): void {
    if (this.at('-') || this.at('+')) this.skip();
    const call = this.type === Token.WORD || this.type === Token.QUOTED;
    this.skipUnit();
    while (call && this.at('.')) this.index += 2;
    if (call && this.at('(')) this.skipUnit();
  }

  /** The source from token `from` to here; executable comments lose their delimiters, others go. */
  private textWithoutComments(from: number): string {
    const to = this.index;
    let text = '';
    for (this.index = from; this.index < to; this.skip()) {
      const gap = this.index > from ? this.sql.slice(this.lastEnd, this.start) : '';
      text += (/\S/.test(gap) ? ' ' : gap) + this.text();
    }
    return text;
  }

  private atColumnEnd(): boolean {
    if (this.at(',') || this.at(')') || this.atStatementEnd()) return true;
    return this.upper() === 'FIRST' || this.upper() === 'AFTER' || this.at('PARTITION');
  }

  private columnExtra(extras: ColumnExtras): boolean {
    switch (this.upper()) {
      case 'CONSTRAINT':
      case 'CHECK':
        return this.columnCheck(extras.checks);
      case 'REFERENCES':
        extras.references = this.reference();
        return true;
      case 'GENERATED':
      case 'AS':
        this.eatWords('GENERATED', 'ALWAYS');
        this.generated(extras);
        return true;
      case 'INVISIBLE':
      case 'VISIBLE':
        extras.invisible = this.upper() === 'INVISIBLE';
        this.skip();
        return true;
      case 'COMPRESSED':
        extras.compressed = true;
        this.skip();
        if (this.eat('=')) this.skip();
        return true;
      case 'WITH':
      case 'WITHOUT':
        extras.systemVersioning = this.upper() === 'WITH';
        this.needWords(this.upper(), 'SYSTEM', 'VERSIONING');
        return true;
      default:
        return this.smallExtra(extras);
    }
  }

  private smallExtra(extras: ColumnExtras): boolean {
    if (this.eatWords('ON', 'UPDATE')) {
      extras.onUpdateNow = true;
      this.skip();
      if (this.at('(')) this.skipUnit();
      return true;
    }
    const option = this.eatOneOf(
      'STORAGE',
      'COLUMN_FORMAT',
      'SRID',
      'REF_SYSTEM_ID',
      'ENGINE_ATTRIBUTE',
      'SECONDARY_ENGINE_ATTRIBUTE',
    );
    if (option === '') return false;
    this.eat('=');
    this.skip();
    return true;
  }

  private columnCheck(checks: CheckDefinition[]): boolean {
    const name = this.eatWord('CONSTRAINT') && !this.at('CHECK') ? this.name() : undefined;
    checks.push(this.check(name));
    return true;
  }

  /** Behind GENERATED ALWAYS. */
  private generated(extras: ColumnExtras): void {
    this.needWords('AS');
    if (this.eatWord('ROW')) {
      const end = this.eatOneOf('START', 'END');
      if (end === '') this.fail();
      extras.rowPeriod = end;
      return;
    }
    extras.generatedAs = this.parenthesised(() => this.definitionExpr());
    extras.generated = this.eatOneOf('STORED', 'PERSISTENT') === '' ? 'virtual' : 'stored';
    if (extras.generated === 'virtual') this.eatWord('VIRTUAL');
  }
}
