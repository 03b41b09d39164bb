import { SqlError } from '@vitess-ts/vterrors';
import type { Statement } from '../ast';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import { bareFunctions } from '../parser/function-names';
import { parse } from '../parser/parse';
import { print } from '../printer/print';
import { quoteName } from '../printer/quote';
import { isQuery } from '../visitor/visit';
import { GuessedSchema, sqlName } from './guess-schema';

/** As much of a connection to a server as is needed. `rows` throws `SqlError` for what the server refuses. */
export interface OracleDatabase {
  rows(sql: string): Promise<(string | null)[][]>;
}

export type Verdict =
  | { kind: 'same' }
  /** MariaDB reads the printed text otherwise than the source, or refuses it. */
  | { kind: 'different'; text: string; source: string; printed: string }
  /** Not checkable: MariaDB refuses the source, or has no note for its kind. */
  | { kind: 'skipped'; reason: string };

const MAX_ROUNDS = 25;

/**
 * Asks MariaDB what it understands: the note of EXPLAIN EXTENDED, which shows the statement as resolved, with its own
 * parentheses. Tables are made up from the columns that the statement uses.
 */
export class MariadbOracle {
  private readonly keyspaces = new Set<string>();

  private constructor(private readonly db: OracleDatabase) {}

  static async open(db: OracleDatabase): Promise<MariadbOracle> {
    await db.rows('create database if not exists oracle character set utf8mb4');
    await db.rows('use oracle');
    await db.rows("set names utf8mb4, sql_mode = ''");
    return new MariadbOracle(db);
  }

  /** Compares the source with the canonical and the fully parenthesised print of its tree. */
  async check(source: string): Promise<Verdict> {
    const sql = withValues(source);
    const statement = parsed(sql);
    if (!statement) return { kind: 'skipped', reason: 'refused by the parser' };
    const tree = explainable(statement);
    if (!tree) return { kind: 'skipped', reason: 'no note for this kind of statement' };
    const text = sql.slice(tree.start, tree.end);
    return this.withTables(tree, text, async (note) => {
      for (const parentheses of ['all', 'needed'] as const) {
        const printed = print(tree, { dialect: 'mariadb', parentheses });
        const printedNote = await this.noteOrError(printed);
        if (printedNote !== note)
          return { kind: 'different', text: printed, source: note, printed: printedNote };
      }
      return { kind: 'same' };
    });
  }

  /** Whether MariaDB tells the other trees from the statement's own; undefined when it cannot check the statement. */
  async tellsApart(source: string, rotate: (tree: Statement) => Statement[]): Promise<boolean[] | undefined> {
    const sql = withValues(source);
    const statement = parsed(sql);
    const tree = statement && explainable(statement);
    if (!tree) return undefined;
    const verdict = await this.withTables(tree, sql.slice(tree.start, tree.end), async (note) => {
      const seen: boolean[] = [];
      for (const other of rotate(tree)) {
        const text = print(other, { dialect: 'mariadb', parentheses: 'all' });
        seen.push((await this.noteOrError(text)) !== note);
      }
      return seen;
    });
    return Array.isArray(verdict) ? verdict : undefined;
  }

  private async withTables<T>(
    tree: Statement,
    text: string,
    use: (note: string) => Promise<T>,
  ): Promise<T | Verdict> {
    const schema = new GuessedSchema(tree);
    let columnType = 'int';
    for (let round = 0; round < MAX_ROUNDS; round++) {
      try {
        await this.create(schema, columnType);
        return await use(await this.note(text));
      } catch (error) {
        if (!(error instanceof SqlError)) throw error;
        if (error.errno === WRONG_COLLATION && columnType === 'int') columnType = 'varchar(50)';
        else if (!repair(schema, error))
          return { kind: 'skipped', reason: `${error.errno} ${reasonOf(error.message)}` };
      } finally {
        await this.drop(schema);
      }
    }
    return { kind: 'skipped', reason: 'no tables found that fit' };
  }

  private async create(schema: GuessedSchema, columnType: string): Promise<void> {
    for (const { keyspace } of schema.tables) {
      if (keyspace === undefined || this.keyspaces.has(keyspace)) continue;
      await this.db.rows(`create database if not exists ${quoteName(keyspace)}`);
      this.keyspaces.add(keyspace);
    }
    const match = schema.tables.some(({ fulltext }) => fulltext.length > 0);
    for (const definition of schema.definitions(match ? 'varchar(50)' : columnType)) {
      await this.db.rows(definition);
    }
    for (const table of schema.tables) {
      if (table.fulltext.length > 0) await this.db.rows(`insert into ${sqlName(table)} values (), (), ()`);
    }
  }

  private async drop(schema: GuessedSchema): Promise<void> {
    const names = schema.tables.map(sqlName);
    if (names.length > 0) await this.db.rows(`drop temporary table if exists ${names.join(', ')}`);
  }

  private async note(text: string): Promise<string> {
    await this.db.rows(`explain extended ${text}`);
    const warnings = await this.db.rows('show warnings');
    const note = warnings.find((row) => row[1] === '1003')?.[2];
    return canonicalNote(note ?? 'no note');
  }

  private async noteOrError(text: string): Promise<string> {
    try {
      return await this.note(text);
    } catch (error) {
      if (error instanceof SqlError) return `error ${error.errno}: ${error.message}`;
      throw error;
    }
  }
}

function reasonOf(message: string): string {
  const near = message.indexOf("near '");
  return (near < 0 ? message : message.slice(near)).replace(/\s+/g, ' ').slice(0, 120);
}

const WRONG_COLLATION = 1253;

function repair(schema: GuessedSchema, error: SqlError): boolean {
  const name = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  switch (error.errno) {
    case 1054: // unknown column
      return schema.addUnknown(name);
    case 1052: // ambiguous column
      return schema.removeAmbiguous(name);
    case 1176: // no such key
      return schema.addIndex(name);
    case 1136: // column count does not match value count
      return schema.widen((schema.tables[0]?.columns.size ?? 0) + 1);
    default:
      return false;
  }
}

function parsed(sql: string): Statement | undefined {
  try {
    return parse(sql, { flavor: 'mariadb' });
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

/** The statement, or the one in it, that EXPLAIN takes. */
function explainable(statement: Statement): Statement | undefined {
  switch (statement.kind) {
    case 'insert':
    case 'update':
    case 'delete':
      return statement;
    case 'explain':
    case 'vexplain':
    case 'setStatement':
      return explainable(statement.statement);
    case 'ddl':
      return statement.query;
    default:
      return isQuery(statement) ? statement : undefined;
  }
}

/** The text with literals for its bind variables and parameters. */
function withValues(sql: string): string {
  const scanner = new Scanner(sql, { flavor: 'mariadb' });
  let out = '';
  let from = 0;
  let n = 70;
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    const { type, start, end } = scanner;
    if (type !== Token.ARG && type !== Token.LIST_ARG && type !== Token.PARAM) continue;
    out += sql.slice(from, start) + (type === Token.LIST_ARG ? `(${n++}, ${n++})` : String(n++));
    from = end;
  }
  return out + sql.slice(from);
}

/**
 * The note without what a print may change: names that MariaDB makes from the text of an expression, the parentheses
 * of the source round arms of set operations that need none.
 */
function canonicalNote(note: string): string {
  const text = note
    .replace(/`(?:[^`]|``)*`/g, (name) => (isMadeName(name) ? '`~`' : name.toLowerCase()))
    .replace(/@@[\w.]+/g, (variable) => variable.toLowerCase())
    .replace(/\s+/g, ' ');
  return withoutLeftNesting(withoutArmParentheses(text).replace(/\/\* select#\d+ \*\/ /g, ''));
}

function isMadeName(quoted: string): boolean {
  return /[^\w`]/.test(quoted) || bareFunctions.has(quoted.slice(1, -1).toUpperCase());
}

/** `(a union b) union c` is `a union b union c`. */
function withoutLeftNesting(text: string): string {
  return text.replace(/(^|\()select `__(\d+)`\.[^()]* from \((.*)\) `__\2`(?= union| except)/g, '$1$3');
}

const ARM = '(/* select#';
const setOperator = /^ ?(union|except|intersect)\b/;

function withoutArmParentheses(text: string): string {
  let out = text;
  for (let open = out.indexOf(ARM); open >= 0; open = out.indexOf(ARM, open + 1)) {
    const { close, plain } = armFrom(out, open);
    const before = /\b(union|except|intersect)( all)? ?$/.test(out.slice(Math.max(0, open - 16), open));
    if (!plain || !(before || setOperator.test(out.slice(close + 1)))) continue;
    const gap = before ? '' : ' ';
    out = `${out.slice(0, open)}${out.slice(open + 1, close)}${gap}${out.slice(close + 1)}`;
  }
  return out.replace(/ +/g, ' ').replace(/ \)/g, ')').trim();
}

/** The end of the parenthesis at `open`, and whether what it holds is one SELECT without ORDER BY and LIMIT. */
function armFrom(text: string, open: number): { close: number; plain: boolean } {
  let depth = 0;
  let plain = true;
  const tokens = /'(?:[^'\\]|''|\\.)*'|`[^`]*`|[()]| (?:union|except|intersect|order by|limit) /g;
  tokens.lastIndex = open;
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const [token] = match;
    if (token === '(') depth++;
    else if (token === ')') {
      if (--depth === 0) return { close: match.index, plain };
    } else if (depth === 1 && token.startsWith(' ')) plain = false;
  }
  return { close: text.length, plain: false };
}
