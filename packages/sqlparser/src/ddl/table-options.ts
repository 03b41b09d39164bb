import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import { quotedValue, stringValue } from '../lexer/values';
import type { TableDefinition } from './table-definition';

type TableOptions = Pick<TableDefinition, 'engine' | 'charset' | 'collation' | 'comment'>;

/**
 * A CREATE TABLE cut behind the parenthesis that closes its columns, and the options that follow. There are many more
 * options, and partitions, than node-sql-parser knows, and few that are wanted.
 */
export function cutTableOptions(
  sql: string,
  options: LexOptions,
): { body: string; tableOptions: TableOptions } {
  const scanner = new Scanner(sql, options);
  let depth = 0;
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    if (scanner.word === '(') depth++;
    else if (scanner.word === ')' && --depth === 0) {
      const close = scanner.inExecutable ? ' */' : '';
      return { body: sql.slice(0, scanner.end) + close, tableOptions: readOptions(sql, scanner, options) };
    }
  }
  return { body: sql, tableOptions: {} };
}

function readOptions(sql: string, scanner: Scanner, options: LexOptions): TableOptions {
  const found: TableOptions = {};
  let last = '';
  for (scanner.next(); scanner.type !== Token.EOF && scanner.word !== 'PARTITION'; scanner.next()) {
    const { type, start, end, word } = scanner;
    if (word === '=' || word === 'DEFAULT' || (word === 'SET' && last === 'CHARACTER')) continue;
    if (type === Token.WORD || type === Token.QUOTED || type === Token.STRING) {
      const value =
        type === Token.STRING
          ? stringValue(sql, start, end, options)
          : type === Token.QUOTED
            ? quotedValue(sql, start, end, options)
            : sql.slice(start, end);
      setOption(found, last, value);
    }
    last = word;
  }
  return found;
}

function setOption(found: TableOptions, option: string, value: string): void {
  switch (option) {
    case 'ENGINE':
      found.engine = value;
      break;
    case 'CHARSET':
    case 'CHARACTER':
      found.charset = value.toLowerCase();
      break;
    case 'COLLATE':
      found.collation = value.toLowerCase();
      break;
    case 'COMMENT':
      found.comment = value;
      break;
    default:
  }
}
