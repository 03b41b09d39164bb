import { createRequire } from 'node:module';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import { quotedValue, stringValue } from '../lexer/values';
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
  const tree = astify(sql, options) as NspCreate;
  if (tree.type !== 'create' || tree.keyword !== 'table') throw refused(sql, 'it is no CREATE TABLE');
  const definition: TableDefinition = { table: tableNameOf(tree.table?.[0]), columns: [], keys: [] };
  for (const entry of tree.create_definitions ?? []) addEntry(definition, entry);
  applyPrimaryKey(definition);
  readOptions(definition, tree);
  return definition;
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

function readOptions(definition: TableDefinition, tree: NspCreate): void {
  for (const { keyword, value } of tree.table_options ?? []) {
    const text = optionText(value);
    if (text === undefined) continue;
    switch (keyword?.toLowerCase()) {
      case 'engine':
        definition.engine = text;
        break;
      case 'charset':
      case 'default charset':
      case 'character set':
      case 'default character set':
        definition.charset = text.toLowerCase();
        break;
      case 'collate':
      case 'default collate':
        definition.collation = text.toLowerCase();
        break;
      case 'comment':
        definition.comment = text;
        break;
      default:
    }
  }
}

function optionText(value: unknown): string | undefined {
  const text = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  if (typeof text !== 'string') return undefined;
  return /^'.*'$/s.test(text) ? stringValue(text, 0, text.length, {}) : text;
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
  const { text, names } = plainText(sql, options);
  const flavors: Flavor[] = options.flavor === 'mariadb' ? ['mariadb', 'mysql'] : ['mysql', 'mariadb'];
  let problem: unknown;
  for (const flavor of flavors) {
    try {
      const tree = loadParser(flavor).astify(text, { database: flavor });
      return withNames(Array.isArray(tree) ? tree[0] : tree, names);
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

const PLACEHOLDER = /^vt_quoted_(\d+)$/;

/** Spellings that the grammar lacks, for ones that it has. */
const spellings: Partial<Record<string, string>> = {
  BOOL: 'boolean',
  DEC: 'decimal',
  FIXED: 'decimal',
  NCHAR: 'char',
  NATIONAL: '',
  PRECISION: '',
  PERSISTENT: 'stored',
  INVISIBLE: '',
  VISIBLE: '',
  SERIAL: 'bigint unsigned not null auto_increment unique',
};

/** Words behind which a name stands, not a type. */
const beforeNames = new Set([
  '(',
  ',',
  '.',
  'ADD',
  'COLUMN',
  'MODIFY',
  'CHANGE',
  'DROP',
  'AFTER',
  'TABLE',
  'TO',
  'KEY',
]);

/**
 * The statement without comments, the content of executable ones kept. Quoted names become placeholders, since the
 * grammar trips over some that are words of SQL.
 */
function plainText(sql: string, options: LexOptions): { text: string; names: string[] } {
  const scanner = new Scanner(sql, options);
  const names: string[] = [];
  let text = '';
  let last = 0;
  let before = '';
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    const { type, start, end } = scanner;
    if (type === Token.HINT) continue;
    text += start > last ? ' ' : '';
    if (type === Token.QUOTED)
      text += `\`vt_quoted_${names.push(quotedValue(sql, start, end, options)) - 1}\``;
    else {
      const word = sql.slice(start, end);
      const spelling =
        type === Token.WORD && !beforeNames.has(before) ? spellings[word.toUpperCase()] : undefined;
      text += spelling ?? word;
    }
    before = scanner.word;
    last = end;
  }
  return { text: text.trim(), names };
}

/** The tree with its placeholders replaced by the names. */
function withNames(tree: unknown, names: readonly string[]): unknown {
  if (typeof tree === 'string') {
    const index = PLACEHOLDER.exec(tree)?.[1];
    return index === undefined ? tree : names[Number(index)];
  }
  if (Array.isArray(tree)) return tree.map((child) => withNames(child, names));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, withNames(child, names)]));
}

function refused(sql: string, why: string, cause?: unknown): VtError {
  const head = sql.slice(0, 80).replace(/\s+/g, ' ');
  return new VtError(
    Code.UNIMPLEMENTED,
    `cannot read the definitions of "${head}": ${why}; apply it and read the columns from information_schema`,
    { cause },
  );
}
