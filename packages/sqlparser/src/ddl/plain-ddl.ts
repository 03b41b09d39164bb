import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import { quotedValue } from '../lexer/values';

export interface PlainDdl {
  /** What node-sql-parser is given. */
  text: string;
  /** Names that stand as `vt_quoted_N` in it. */
  names: string[];
  /** Expressions of DEFAULT that stand as `vt_default_N`. */
  defaults: string[];
}

/** Spellings of types and attributes that the grammar lacks, for ones that it has. */
const spellings: Partial<Record<string, string>> = {
  BOOL: 'boolean',
  CHARSET: 'character set',
  DEC: 'decimal',
  FIXED: 'decimal',
  NUMERIC: 'decimal',
  REAL: 'double',
  FLOAT4: 'float',
  FLOAT8: 'double',
  INT1: 'tinyint',
  INT2: 'smallint',
  INT3: 'mediumint',
  MIDDLEINT: 'mediumint',
  INT4: 'int',
  INT8: 'bigint',
  NCHAR: 'char',
  NVARCHAR: 'varchar',
  VARCHARACTER: 'varchar',
  NATIONAL: '',
  PRECISION: '',
  VARYING: '',
  SIGNED: '',
  SERIAL: 'bigint unsigned not null auto_increment unique',
};

/** Types that no grammar of node-sql-parser has: VARBINARY of a length that no column can have stands for them. */
const foreignTypes = ['inet4', 'inet6', 'uuid', 'xmltype'];
const FOREIGN_LENGTH = 900_000;

/** The type that a column of the tree has in truth. */
export function foreignType(typeName: string, length: number | undefined): string | undefined {
  return typeName === 'varbinary' && length !== undefined ? foreignTypes[length - FOREIGN_LENGTH] : undefined;
}

/**
 * The statement without comments. Quoted names, as those of columns must be, become placeholders, since the grammar
 * trips over some that are words of SQL; so do expressions of DEFAULT, whose text the tree would not give.
 */
export function plainDdl(sql: string, options: LexOptions): PlainDdl {
  return new PlainText(sql, options).run();
}

class PlainText {
  private readonly scanner: Scanner;
  private readonly names: string[] = [];
  private readonly defaults: string[] = [];
  private text = '';
  private last = 0;
  private before = '';

  constructor(
    private readonly sql: string,
    private readonly options: LexOptions,
  ) {
    this.scanner = new Scanner(sql, options);
  }

  run(): PlainDdl {
    const { scanner, sql } = this;
    for (scanner.next(); scanner.type !== Token.EOF;) {
      const { type, start, end, word } = scanner;
      if (type === Token.HINT) {
        scanner.next();
        continue;
      }
      if (start > this.last) this.text += ' ';
      if (type === Token.QUOTED) {
        const name = quotedValue(sql, start, end, this.options);
        this.text += `\`vt_quoted_${this.names.push(name) - 1}\``;
      } else this.text += type === Token.WORD ? this.word(sql.slice(start, end)) : sql.slice(start, end);
      this.before = word;
      this.last = end;
      scanner.next();
      // the grammar has no length of BLOB
      if (word === 'BLOB' && scanner.word === '(') this.skipValue(false);
      if (word === 'DEFAULT') this.defaultValue();
    }
    return { text: this.text.trim(), names: this.names, defaults: this.defaults };
  }

  private word(text: string): string {
    const upper = text.toUpperCase();
    const rest = this.sql.slice(this.scanner.end, this.scanner.end + 40);
    if (upper === 'CHARACTER' && !/^\s+set\b/i.test(rest))
      return /^\s+varying\b/i.test(rest) ? 'varchar' : 'char';
    if (upper === 'LONG') return /^\s+varbinary\b/i.test(rest) ? 'mediumblob' : 'mediumtext';
    if (upper === 'BLOB') return blobOf(/^\s*\(\s*(\d+)/.exec(rest)?.[1]);
    if (this.before === 'LONG' && upper.startsWith('VAR')) return '';
    const foreign = foreignTypes.indexOf(upper.toLowerCase());
    return foreign < 0 ? (spellings[upper] ?? text) : `varbinary(${FOREIGN_LENGTH + foreign})`;
  }

  /** Behind DEFAULT: an expression in parentheses, or a call with or without them. Literals stay. */
  private defaultValue(): void {
    const { scanner } = this;
    const call = scanner.type === Token.WORD && !literalWords.has(scanner.word);
    if (!call && scanner.word !== '(') return;
    const from = scanner.start;
    const to = this.skipValue(call);
    this.text += ` (vt_default_${this.defaults.push(this.sql.slice(from, to)) - 1})`;
  }

  /** Moves over a word and its parenthesis, or over a parenthesis; returns their end. */
  private skipValue(call: boolean): number {
    const { scanner } = this;
    let to = scanner.end;
    let depth = 0;
    if (call) scanner.next();
    if (scanner.word === '(') {
      do {
        if (scanner.word === '(') depth++;
        else if (scanner.word === ')') depth--;
        to = scanner.end;
        scanner.next();
      } while (depth > 0 && scanner.type !== Token.EOF);
    }
    this.before = '';
    this.last = to;
    return to;
  }
}

/** BLOB(n) is the smallest type that holds n bytes. */
function blobOf(length: string | undefined): string {
  const n = length === undefined ? 0xffff : Number(length);
  if (n <= 0xff) return 'tinyblob';
  if (n <= 0xffff) return 'blob';
  return n <= 0xffffff ? 'mediumblob' : 'longblob';
}

/** Words behind DEFAULT that are literals, or make it an option of the table. */
const literalWords = new Set(['TRUE', 'FALSE', 'CHARSET', 'CHARACTER', 'COLLATE']);

/** The tree with its placeholders replaced. */
export function restore(tree: unknown, names: readonly string[], defaults: readonly string[]): unknown {
  if (typeof tree === 'string') {
    const match = /^vt_(quoted|default)_(\d+)$/.exec(tree);
    if (!match) return tree;
    return match[1] === 'quoted' ? names[Number(match[2])] : defaults[Number(match[2])];
  }
  if (Array.isArray(tree)) return tree.map((child) => restore(child, names, defaults));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, child]) => [key, restore(child, names, defaults)]),
  );
}
