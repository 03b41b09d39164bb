import type { TableName } from '../ast';
import { KeyParser } from './key-parser';
import type { TableOption } from './definition-value';
import type { KeyDefinition } from './table-definition';

export interface IndexDefinition {
  table: TableName;
  key: KeyDefinition;
  orReplace: boolean;
  ifNotExists: boolean;
  /** ALGORITHM and LOCK. */
  options: TableOption[];
}

/** CREATE INDEX. */
export class IndexParser extends KeyParser {
  /** Undefined for another statement. */
  createIndex(): IndexDefinition | undefined {
    if (!this.eatWord('CREATE')) return undefined;
    this.hints();
    const orReplace = this.eatWords('OR', 'REPLACE');
    while (this.eatOneOf('ONLINE', 'OFFLINE') !== '');
    const type = this.eatOneOf('UNIQUE', 'FULLTEXT', 'SPATIAL') || 'index';
    if (!this.eatWord('INDEX')) return undefined;
    const ifNotExists = this.ifNotExists();
    const key: KeyDefinition = { type, name: this.name(), columns: [] };
    this.keyUsing(key);
    this.needWords('ON');
    const { keyspace, name } = this.tableName();
    this.keyBody(key);
    const options: TableOption[] = [];
    while (!this.atStatementEnd()) options.push(this.option());
    return {
      table: keyspace === undefined ? { name } : { keyspace, name },
      key,
      orReplace,
      ifNotExists,
      options,
    };
  }
}
