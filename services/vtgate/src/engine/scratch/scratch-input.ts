import { quoteName } from '@vitess-ts/sqlparser';
import type { Primitive } from '../primitive';
import type { ScratchColumn } from './scratch-column';

/** The rows of one table that a query needs, and the scratch table that takes them. */
export interface ScratchInput {
  /** Name of the scratch table. */
  name: string;
  /** The table that it stands for. */
  keyspace: string;
  table: string;
  columns: readonly ScratchColumn[];
  /** Names of columns that rows are looked up by. */
  indexes: readonly string[];
  /** Reads the columns, in their order. */
  read: Primitive;
}

/** The INSERT before its rows. */
export function insertSql(input: ScratchInput): string {
  return `insert into ${input.name} (${input.columns.map((c) => quoteName(c.name)).join(', ')}) values `;
}

/** A table of fewer rows is as fast without indexes. */
export const INDEX_FROM_ROWS = 1000;

export function createTableSql(input: ScratchInput, indexed: boolean, dialect: 'mariadb' | 'mysql'): string {
  const parts = input.columns.map((c) => `${quoteName(c.name)} ${c.definition}`);
  if (indexed) {
    for (const name of input.indexes) {
      const key = input.columns.find((c) => c.name === name)?.key;
      if (key !== undefined) parts.push(`key (${key})`);
    }
  }
  const engine = dialect === 'mariadb' ? 'engine=Aria transactional=0' : 'engine=InnoDB';
  return `create temporary table ${input.name} (${parts.join(', ')}) ${engine}`;
}
