import type { TableName } from '../ast';
import { ColumnParser, type ColumnDraft } from './column-parser';
import type { PeriodDefinition, TableDefinition } from './table-definition';

/** A table without its columns, which stand as drafts. */
export interface TableDraft {
  table: TableDefinition;
  columns: ColumnDraft[];
}

/** CREATE TABLE with all it defines. */
export class TableDefinitionParser extends ColumnParser {
  /** Undefined for what is no CREATE TABLE. */
  createTableDraft(): TableDraft | undefined {
    if (!this.eatWord('CREATE')) return undefined;
    this.hints();
    const orReplace = this.eatWords('OR', 'REPLACE');
    const temporary = this.eatWord('TEMPORARY');
    if (!this.eatWord('TABLE')) return undefined;
    const table: TableDefinition = {
      table: { name: '' },
      temporary,
      orReplace,
      ifNotExists: this.ifNotExists(),
      columns: [],
      keys: [],
      checks: [],
      periods: [],
      systemVersioning: false,
      options: [],
    };
    table.table = this.plainTableName();
    if (this.at('(') && !this.isQueryParenthesis()) {
      this.parenthesised(() => this.list(() => this.element(table)));
    }
    this.tableTail(table);
    return { table, columns: this.drafts };
  }

  protected plainTableName(): TableName {
    const { keyspace, name } = this.tableName();
    return keyspace === undefined ? { name } : { keyspace, name };
  }

  private element(table: TableDefinition): void {
    if (this.isPeriodStart()) table.periods.push(this.period());
    else if (this.isKeyStart()) this.constraint(table);
    else this.columnDraft();
  }

  private constraint(table: TableDefinition): void {
    const named = this.eatWord('CONSTRAINT') && this.isName();
    const name = named ? this.name() : undefined;
    if (this.at('CHECK')) table.checks.push(this.check(name));
    else table.keys.push(this.key(name));
  }

  protected isPeriodStart(): boolean {
    return this.upper() === 'PERIOD' && this.upper(1) === 'FOR';
  }

  protected period(): PeriodDefinition {
    this.needWords('PERIOD', 'FOR');
    const name = this.name();
    const [start, end] = this.nameList();
    return { name, start, end };
  }

  private tableTail(table: TableDefinition): void {
    while (!this.atStatementEnd() && !this.isQueryTail()) {
      if (this.at('PARTITION')) table.partitioning = this.partitioning();
      else if (this.eatWords('WITH', 'SYSTEM', 'VERSIONING')) table.systemVersioning = true;
      else if (!this.eatWords('START', 'TRANSACTION')) {
        table.options.push(this.option());
        this.eat(',');
      }
    }
    for (const { name, value } of table.options) {
      if (name === 'ENGINE') table.engine = value;
      else if (name === 'COMMENT') table.comment = value;
      else if (name === 'COLLATE') table.collation = value.toLowerCase();
      else if (name === 'CHARSET' || name === 'CHARACTER SET') table.charset = value.toLowerCase();
    }
  }

  /** `[IGNORE | REPLACE] [AS] SELECT ..` */
  private isQueryTail(): boolean {
    return ['AS', 'SELECT', 'WITH', 'VALUES', 'TABLE', 'IGNORE', 'REPLACE', '('].includes(this.word)
      ? !(this.at('WITH') && this.upper(1) === 'SYSTEM')
      : false;
  }
}
