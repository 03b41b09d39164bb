import { SqlError } from '@vitess-ts/vterrors';
import type { Expr, Statement } from '../ast';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import { visit } from '../visitor/visit';

const looseness: Partial<Record<string, number>> = { OR: 1, '||': 1, XOR: 2, AND: 3, '&&': 3 };

/** The loosest logical operator that may stand in the text of a node outside of parentheses. */
function loosestIn(expr: Expr): number | undefined {
  switch (expr.kind) {
    case 'xor':
      return 2;
    case 'and':
      return 3;
    case 'not':
    case 'comparison':
    case 'is':
    case 'in':
    case 'between':
    case 'like':
    case 'regexp':
    case 'binary':
    case 'unary':
      return 4;
    default:
      return undefined;
  }
}

/**
 * Checks AND, OR, XOR without a parser: what a node spans in the source must hold no operator that binds more loosely
 * than the node does. Returns the text of a node that breaks this.
 */
export function brokenLogicalOrder(sql: string, statement: Statement): string | undefined {
  let broken: string | undefined;
  visit(statement, {
    enter: (node) => {
      if (broken !== undefined || node.start === undefined || node.end === undefined) return;
      const loosest = loosestIn(node as Expr);
      if (loosest === undefined) return;
      const text = sql.slice(node.start, node.end);
      if ((loosestOutside(text) ?? Infinity) < loosest) broken = text;
    },
  });
  return broken;
}

/** Undefined for a text that cannot be scanned by itself: an executable comment opens in it and closes behind it. */
function loosestOutside(text: string): number | undefined {
  try {
    return scanLoosest(text);
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

function scanLoosest(text: string): number {
  const scanner = new Scanner(text);
  const open: string[] = [];
  let betweens = 0;
  let found = Infinity;
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    const { word } = scanner;
    const last = open[open.length - 1];
    if (word === '(' || word === 'CASE') open.push(word);
    else if (word === 'END' && last === 'CASE') open.pop();
    else if (word === ')') {
      // a node starts behind the parenthesis that its first operand stands in: that is over now
      if (last !== undefined) open.pop();
      else {
        found = Infinity;
        betweens = 0;
      }
    } else if (open.length > 0) continue;
    else if (word === 'BETWEEN') betweens++;
    else if (word === 'AND' && betweens > 0) betweens--;
    else found = Math.min(found, looseness[word] ?? Infinity);
  }
  return found;
}
