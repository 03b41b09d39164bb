import { createRequire } from 'node:module';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { LexOptions } from '../lexer/options';
import { AlterTableParser } from './alter-parser';
import type { ColumnDraft } from './column-parser';
import { IndexParser, type IndexDefinition } from './index-parser';
import type { NspCreate, NspDefinition } from './nsp-tree';
import { plainDdl, restore } from './plain-ddl';
import { keyOfColumn, readColumn } from './read-definition';
import type { SequenceDefinition } from './sequence-definition';
import { SequenceParser } from './sequence-parser';
import type { AlterAction, ColumnDefinition, KeyDefinition, TableDefinition } from './table-definition';
import { TableDefinitionParser } from './table-definition-parser';

/** As much of node-sql-parser as is used. */
interface NspParser {
  astify(sql: string, options: { database: string }): unknown;
}

type Flavor = NonNullable<LexOptions['flavor']>;

/**
 * What a CREATE TABLE statement defines.
 * @throws VtError UNIMPLEMENTED when it is another statement or its syntax is not known here, with the syntax error as
 * its cause. Routing does not depend on this; a caller that needs the columns can create the table and read
 * information_schema.
 */
export function parseCreateTable(sql: string, options: LexOptions = {}): TableDefinition {
  const draft = read(sql, 'CREATE TABLE', () => new TableDefinitionParser(sql, options).createTableDraft());
  const { table } = draft;
  const { columns, keys } = readColumns(sql, draft.columns, options);
  table.columns = columns;
  table.keys = [...keys, ...table.keys];
  applyPrimaryKey(table);
  return table;
}

/**
 * The actions of an ALTER TABLE statement. A column that is a key by its own attributes has a second action.
 * @throws as `parseCreateTable` does.
 */
export function parseAlterTable(sql: string, options: LexOptions = {}): AlterAction[] {
  const draft = read(sql, 'ALTER TABLE', () => new AlterTableParser(sql, options).alterTableDraft());
  const { columns, keys } = readColumns(sql, draft.columns, options);
  const actions = draft.actions.map((action) => action(columns));
  return [...actions, ...keys.map((key) => ({ action: 'add key' as const, key, ifNotExists: false }))];
}

/**
 * The key of a CREATE INDEX statement.
 * @throws as `parseCreateTable` does.
 */
export function parseCreateIndex(sql: string, options: LexOptions = {}): IndexDefinition {
  return read(sql, 'CREATE INDEX', () => new IndexParser(sql, options).createIndex());
}

/**
 * CREATE SEQUENCE and ALTER SEQUENCE of MariaDB.
 * @throws as `parseCreateTable` does.
 */
export function parseSequence(sql: string, options: LexOptions = {}): SequenceDefinition {
  return read(sql, 'sequence', () => new SequenceParser(sql, options).sequenceDefinition());
}

/** `parse` gives undefined for another statement. */
function read<T>(sql: string, what: string, parse: () => T | undefined): T {
  let result: T | undefined;
  try {
    result = parse();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw refused(sql, `its syntax is not known (${error.message})`, error);
  }
  if (result === undefined) throw refused(sql, `it is no ${what}`);
  return result;
}

/** Columns of the primary key are NOT NULL even when they do not say so. */
function applyPrimaryKey(definition: TableDefinition): void {
  const primary = definition.keys.find((key) => key.type === 'primary');
  const names = new Set(primary?.columns.map((column) => column.name?.toLowerCase()));
  for (const column of definition.columns) {
    if (names.has(column.name.toLowerCase())) column.nullable = false;
  }
}

/** The columns of drafts, and the keys that their own attributes make. */
function readColumns(
  sql: string,
  drafts: readonly ColumnDraft[],
  options: LexOptions,
): { columns: ColumnDefinition[]; keys: KeyDefinition[] } {
  if (drafts.length === 0) return { columns: [], keys: [] };
  const text = `create table t (${drafts.map((draft) => draft.text).join(', ')})`;
  const entries = (astify(sql, text, options) as NspCreate).create_definitions ?? [];
  if (entries.length !== drafts.length) throw refused(sql, 'node-sql-parser takes its columns for others');
  const columns: ColumnDefinition[] = [];
  const keys: KeyDefinition[] = [];
  drafts.forEach(({ extras }, i) => {
    const entry: NspDefinition = entries[i];
    columns.push(readColumn(entry, extras));
    const key = keyOfColumn(entry);
    if (key) keys.push(key);
  });
  return { columns, keys };
}

function astify(sql: string, columns: string, options: LexOptions): unknown {
  const { text, names, defaults } = plainDdl(columns, options);
  const flavors: Flavor[] = options.flavor === 'mariadb' ? ['mariadb', 'mysql'] : ['mysql', 'mariadb'];
  let problem: unknown;
  for (const flavor of flavors) {
    try {
      const tree = loadParser(flavor).astify(text, { database: flavor });
      return restore(Array.isArray(tree) ? tree[0] : tree, names, defaults);
    } catch (error) {
      problem = error;
    }
  }
  throw refused(sql, 'node-sql-parser does not know its syntax', problem);
}

/** Loaded when first needed: the grammars take 10 ms and 3 MB each. Node keeps the module. */
function loadParser(flavor: Flavor): NspParser {
  const module = createRequire(__filename)(`node-sql-parser/build/${flavor}`) as {
    Parser: new () => NspParser;
  };
  return new module.Parser();
}

function refused(sql: string, why: string, cause?: unknown): VtError {
  const head = sql.slice(0, 80).replace(/\s+/g, ' ');
  return new VtError(
    Code.UNIMPLEMENTED,
    `cannot read the definitions of "${head}": ${why}; apply it and read the columns from information_schema`,
    { cause },
  );
}
