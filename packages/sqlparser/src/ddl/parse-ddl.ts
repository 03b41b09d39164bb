import { createRequire } from 'node:module';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { LexOptions } from '../lexer/options';
import { cutTableOptions } from './table-options';
import { plainDdl, restore } from './plain-ddl';
import type { NspAlter, NspAlterAction, NspCreate, NspDefinition } from './nsp-tree';
import { columnNameOf, keyOfColumn, readColumn, readKey, tableNameOf } from './read-definition';
import type { AlterAction, KeyDefinition, TableDefinition } from './table-definition';

/** As much of node-sql-parser as is used. */
interface NspParser {
  astify(sql: string, options: { database: string }): unknown;
}

type Flavor = NonNullable<LexOptions['flavor']>;

/**
 * What a CREATE TABLE statement defines.
 * @throws VtError UNIMPLEMENTED when node-sql-parser does not know the statement's syntax. Routing does not depend on
 * this; a caller that needs the columns can create the table and read information_schema.
 */
export function parseCreateTable(sql: string, options: LexOptions = {}): TableDefinition {
  const { body, tableOptions } = cutTableOptions(sql, options);
  const tree = astify(body, options) as NspCreate;
  if (tree.type !== 'create' || tree.keyword !== 'table') throw refused(sql, 'it is no CREATE TABLE');
  const definition: TableDefinition = { table: tableNameOf(tree.table?.[0]), columns: [], keys: [] };
  for (const entry of tree.create_definitions ?? []) addEntry(definition, entry);
  applyPrimaryKey(definition);
  return Object.assign(definition, tableOptions);
}

function addEntry(definition: TableDefinition, entry: NspDefinition): void {
  if (entry.resource !== 'column') {
    const key = readKey(entry);
    if (key) definition.keys.push(key);
    return;
  }
  definition.columns.push(readColumn(entry));
  const key = keyOfColumn(entry);
  if (key) definition.keys.push(key);
}

/** Columns of the primary key are NOT NULL even when they do not say so. */
function applyPrimaryKey(definition: TableDefinition): void {
  const primary = definition.keys.find((key) => key.type === 'primary');
  const names = new Set(primary?.columns.map((column) => column.name?.toLowerCase()));
  for (const column of definition.columns) {
    if (names.has(column.name.toLowerCase())) column.nullable = false;
  }
}

/**
 * The actions of an ALTER TABLE statement.
 * @throws VtError UNIMPLEMENTED as `parseCreateTable` does.
 */
export function parseAlterTable(sql: string, options: LexOptions = {}): AlterAction[] {
  const tree = astify(sql, options) as NspAlter;
  if (tree.type !== 'alter' || !Array.isArray(tree.expr)) throw refused(sql, 'it is no ALTER TABLE');
  return tree.expr.map(readAction);
}

function readAction(entry: NspAlterAction): AlterAction {
  const verb = entry.action?.toLowerCase() ?? '';
  if (entry.resource === 'column') return readColumnAction(verb, entry);
  if (verb === 'add') {
    const key = readKey(entry.create_definitions ?? entry);
    return key ? { action: 'add key', key } : { action: 'other' };
  }
  if (verb === 'drop') return readDropKey(entry);
  if (verb === 'rename' && entry.resource === 'table') {
    const { table } = entry;
    const to = typeof table === 'string' ? { name: table } : tableNameOf(table?.[0]);
    return { action: 'rename table', to };
  }
  return { action: 'other' };
}

function readColumnAction(verb: string, entry: NspAlterAction): AlterAction {
  const from = columnNameOf(entry.old_column) ?? '';
  switch (verb) {
    case 'add':
      return { action: 'add column', column: readColumn(entry) };
    case 'modify':
      return { action: 'modify column', column: readColumn(entry) };
    case 'change':
      return { action: 'change column', from, column: readColumn(entry) };
    case 'drop':
      return { action: 'drop column', name: columnNameOf(entry.column) ?? '' };
    case 'rename':
      return { action: 'rename column', from, to: columnNameOf(entry.column) ?? '' };
    default:
      return { action: 'other' };
  }
}

function readDropKey(entry: NspAlterAction): AlterAction {
  const words = `${entry.resource ?? ''} ${entry.keyword ?? ''}`.toLowerCase();
  const name = entry.index ?? entry.constraint;
  let type: KeyDefinition['type'] | undefined;
  if (words.includes('primary')) type = 'primary';
  else if (words.includes('foreign')) type = 'foreign';
  else if (words.includes('index') || words.includes('key')) type = 'index';
  if (type === undefined) return { action: 'other' };
  return { action: 'drop key', type, ...(name && type !== 'primary' && { name }) };
}

function astify(sql: string, options: LexOptions): unknown {
  const { text, names, defaults } = plainDdl(sql, options);
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
