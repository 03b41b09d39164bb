import type { Expr } from '../ast';

/** An expression of a definition: as written, and parsed. */
export interface DefinitionExpr {
  text: string;
  expr: Expr;
}

/** A table option: upper-case name of one or several words, value as text without quotes. UNION has a list of tables. */
export interface TableOption {
  name: string;
  value: string;
}
