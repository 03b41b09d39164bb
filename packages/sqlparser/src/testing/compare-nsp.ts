import { SqlError } from '@vitess-ts/vterrors';
import type { Statement } from '../ast';
import { parse } from '../parser/parse';
import { visit } from '../visitor/visit';
import { NspShapes } from './nsp-shape';
import { NotCompared, treeShape } from './tree-shape';

export interface NspComparison {
  same: number;
  /** Known faults of node-sql-parser 5.4.0, by kind. */
  known: Map<string, string[]>;
  /** Differences that no known fault explains. */
  unexplained: { sql: string; here: string; there: string }[];
  /** Statements left out, by reason. */
  left: Map<string, number>;
}

/** Whether node-sql-parser gives statements the same trees: a second opinion from a grammar of other authors. */
export function compareWithNsp(statements: readonly string[]): NspComparison {
  const shapes = new NspShapes();
  const result: NspComparison = { same: 0, known: new Map(), unexplained: [], left: new Map() };
  for (const sql of statements) {
    try {
      const statement = parse(sql);
      const here = treeShape(statement);
      const there = shapes.shape(sql);
      if (here === there) result.same++;
      else explain(sql, statement, here, there, result);
    } catch (error) {
      if (!(error instanceof NotCompared || error instanceof SqlError)) throw error;
      const reason = error instanceof SqlError ? 'refused here' : error.message;
      result.left.set(reason, (result.left.get(reason) ?? 0) + 1);
    }
  }
  return result;
}

function explain(
  sql: string,
  statement: Statement,
  here: string,
  there: string,
  result: NspComparison,
): void {
  const fault = knownFault(sql, statement);
  if (fault === undefined) result.unexplained.push({ sql, here, there });
  else result.known.set(fault, [...(result.known.get(fault) ?? []), sql]);
}

/** A construct of the statement that node-sql-parser 5.4.0 is known to read wrongly. */
function knownFault(sql: string, statement: Statement): string | undefined {
  let fault: string | undefined;
  const found = (kind: string): void => {
    fault ??= kind;
  };
  visit(statement, {
    enter: (node) => {
      switch (node.kind) {
        case 'or':
          if (node.operands.some(({ kind }) => kind === 'and' || kind === 'xor'))
            found('AND binds as loosely as OR');
          break;
        case 'xor':
          found('XOR binds tighter than comparisons');
          break;
        case 'binary':
          if ('|&^<<>>'.includes(node.op)) found('bit operators have the precedence of + and *');
          break;
        case 'unary':
          if (node.op === 'binary') found('BINARY is lost');
          break;
        case 'select':
          if (node.groupBy?.items.some(({ expr }) => expr.kind === 'cast'))
            found('GROUP BY CAST(..) loses the cast');
          break;
        case 'setOperation':
          if (/\bunion\s+(all\s+)?\(/i.test(sql)) found('a UNION arm in parentheses is a join');
          break;
        default:
      }
    },
  });
  if (/\bfrom\s*\(\s*\w+\s*,/i.test(sql)) found('tables in parentheses are lost');
  return fault;
}
