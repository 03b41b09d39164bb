import type { TableName } from '../ast';
import { quoteName, quoteString } from './quote';

export interface PrintOptions {
  /** Syntax that the two do not share: locking reads, VALUES, JSON operators. Default mysql. */
  dialect?: 'mysql' | 'mariadb';
  /** The text is for a session under NO_BACKSLASH_ESCAPES. */
  noBackslashEscapes?: boolean;
  /**
   * Give the outermost select expressions that have no alias one that keeps the column's name as the client wrote it,
   * where the printed expression would change it.
   */
  columnNames?: boolean;
  /** `all` puts one round every operand of an operator and of a join: the tree's shape made visible. */
  parentheses?: 'needed' | 'all';
}

/** Collects text. */
export class Writer {
  protected out = '';

  constructor(protected readonly options: PrintOptions) {}

  get text(): string {
    return this.out;
  }

  protected write(text: string): void {
    this.out += text;
  }

  protected list<T>(items: readonly T[], item: (x: T) => void, separator = ', '): void {
    items.forEach((x, i) => {
      if (i > 0) this.out += separator;
      item(x);
    });
  }

  protected name(name: string): void {
    this.out += quoteName(name);
  }

  protected names(names: readonly string[]): void {
    this.write('(');
    this.list(names, (name) => this.name(name));
    this.write(')');
  }

  protected string(value: string): void {
    this.out += quoteString(value, this.options.noBackslashEscapes);
  }

  protected tableName(table: TableName): void {
    if (table.keyspace !== undefined) this.out += quoteName(table.keyspace) + '.';
    this.out += quoteName(table.name);
  }

  protected comments(comments: readonly string[]): void {
    for (const comment of comments) this.out += ' ' + comment;
  }
}
