import type { Expr, Statement, TableExpr } from '../ast';
import { StatementPrinter } from './statement-printer';
import type { PrintOptions } from './writer';

/**
 * The canonical text of a statement: lower-case keywords, one blank, the parentheses that are needed and no others.
 * Equal trees print equally, and the text parses to an equal tree (offsets and select items' texts aside). Bind variables
 * print as `:name` and `::name`.
 */
export function print(statement: Statement, options: PrintOptions = {}): string {
  const printer = new StatementPrinter(options);
  printer.statement(statement);
  return printer.text;
}

export function printExpr(expr: Expr, options: PrintOptions = {}): string {
  const printer = new StatementPrinter(options);
  printer.expr(expr);
  return printer.text;
}

/** A table reference, as in FROM. */
export function printTable(table: TableExpr, options: PrintOptions = {}): string {
  const printer = new StatementPrinter(options);
  printer.printTable(table);
  return printer.text;
}
