import { executableEnd, executableStart } from './executable-comment';
import type { LexOptions } from './options';
import { Scanner } from './scanner';
import { Token } from './token';

export interface StatementPiece {
  /** Without the closing semicolon and the blanks and comments around it. */
  text: string;
  start: number;
  end: number;
}

const routines = new Set(['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'PACKAGE']);

/**
 * Cuts a text at the semicolons that end statements: not at those in strings, comments, or between BEGIN and END of a
 * stored routine. Empty pieces are left out. Throws `SqlError` 1064 for an unclosed quote or comment.
 */
export function splitStatements(sql: string, options: LexOptions = {}): StatementPiece[] {
  const scanner = new Scanner(sql, options);
  const pieces: StatementPiece[] = [];
  let first = '';
  let start = -1;
  let end = -1;
  let routine = false;
  let blocks = 0;
  let previous = '';
  for (;;) {
    scanner.next();
    const { type, word } = scanner;
    if (type === Token.EOF || (type === Token.OP && word === ';' && blocks === 0)) {
      if (start >= 0) pieces.push(piece(sql, start, executableEnd(sql, end)));
      if (type === Token.EOF) return pieces;
      start = -1;
      routine = false;
      previous = '';
      continue;
    }
    if (start < 0) {
      // an executable comment that opens the statement belongs to it
      const from = pieces.length > 0 ? pieces[pieces.length - 1].end : 0;
      start = scanner.inExecutable ? executableStart(sql, scanner.start, from) : scanner.start;
      first = word;
    }
    end = scanner.end;
    if (first === 'CREATE' && blocks === 0 && routines.has(word)) routine = true;
    if (routine) {
      if ((word === 'BEGIN' || word === 'CASE') && previous !== 'END') blocks++;
      else if (word === 'END' && blocks > 0) blocks--;
      // END IF, END LOOP and the like close what did not count as a block
      else if (previous === 'END' && openEnded.has(word)) blocks++;
    }
    previous = word;
  }
}

function piece(sql: string, start: number, end: number): StatementPiece {
  return { text: sql.slice(start, end), start, end };
}

const openEnded = new Set(['IF', 'LOOP', 'WHILE', 'REPEAT', 'FOR']);
