import type { Argument, Expr, ListArgument } from '@vitess-ts/sqlparser';
import type { Field } from '@vitess-ts/sqltypes';

/** What a bind variable is known to be when a plan is made: types are part of the plan's key. */
export interface ArgumentType {
  type: number;
  /** Scale of a DECIMAL. Without it the variable may be compared, but not returned. */
  decimals?: number;
  /** Digits of a number, which decide the types of what is computed of it; the most there can be, if not given. */
  digits?: number;
  /** Type of all elements of a list; without it lists are not evaluated. */
  elementType?: number;
}

/** What expressions refer to; the caller knows. */
export interface ExprEnvironment {
  /**
   * Asked for every part of the expression, from the outside in: where the rows have its value already (a column, an
   * aggregate, an expression that was pushed down). Undefined when they have not.
   */
  reference(expr: Expr): { index: number; field: Field } | undefined;
  argument(argument: Argument | ListArgument): ArgumentType | undefined;
  options?: ExprOptions;
}

export interface ExprOptions {
  /** `@@div_precision_increment`; 4 by default. */
  divPrecisionIncrement?: number;
  /** Largest scale of a DECIMAL: 38 in MariaDB (the default), 30 in MySQL. */
  maxScale?: number;
  /** sql_mode NO_UNSIGNED_SUBTRACTION. */
  noUnsignedSubtraction?: boolean;
  /** Collation id of string literals; 45 (utf8mb4_general_ci) by default. */
  collation?: number;
}
