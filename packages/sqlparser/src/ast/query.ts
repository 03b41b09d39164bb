import type { Range, TableName } from './node';

// Expressions hold queries and queries hold expressions: one recursive type, so one file.

/** An expression. Parentheses leave no node: the tree's shape holds them, the printer adds them where needed. */
export type Expr =
  | Literal
  | NullLiteral
  | BoolLiteral
  | TemporalLiteral
  | Argument
  | ListArgument
  | Parameter
  | Column
  | UserVariable
  | SystemVariable
  | Default
  | ValuesOf
  | Unary
  | Not
  | And
  | Or
  | Xor
  | Comparison
  | Binary
  | Is
  | Between
  | Like
  | Regexp
  | MemberOf
  | In
  | Exists
  | Subquery
  | Tuple
  | Case
  | FunctionCall
  | Aggregate
  | WindowCall
  | Cast
  | ConvertUsing
  | Collate
  | Interval
  | Extract
  | Trim
  | Match
  | WeightString
  | CharFunction
  | JsonValue
  | Keyword
  | Assign
  | NextValue;

export type ExprKind = Expr['kind'];

/**
 * `int` 12, `decimal` 1.5, `float` 1e3, `string` 'a', `nstring` N'a', `hexnum` 0x1F, `hexval` x'1F', `bitnum` 0b1,
 * `bitval` b'1'.
 */
export type LiteralType =
  'int' | 'decimal' | 'float' | 'string' | 'nstring' | 'hexnum' | 'hexval' | 'bitnum' | 'bitval';

export interface Literal extends Range {
  kind: 'literal';
  type: LiteralType;
  /** Numbers: the text. Strings: the value after escapes. Hex and bit: the digits alone. */
  value: string;
  /** Character set introducer without its underscore, lower case: `utf8mb4`, `binary`. */
  charset?: string;
  /** Set when the value is no valid UTF-8: then each character of `value` is one byte. See `literalBytes`. */
  encoding?: 'latin1';
}

export interface NullLiteral extends Range {
  kind: 'null';
}

export interface BoolLiteral extends Range {
  kind: 'bool';
  value: boolean;
}

/** `DATE '2020-01-01'`, `TIME '..'`, `TIMESTAMP '..'`, and the ODBC forms `{d '..'}`, `{t '..'}`, `{ts '..'}`. */
export interface TemporalLiteral extends Range {
  kind: 'temporal';
  type: 'date' | 'time' | 'timestamp';
  value: string;
}

/** Bind variable `:name`. */
export interface Argument extends Range {
  kind: 'arg';
  name: string;
}

/** List bind variable `::name`, the right side of IN. */
export interface ListArgument extends Range {
  kind: 'listArg';
  name: string;
}

/** Positional parameter `?` of a prepared statement; `index` counts from 0 in source order. */
export interface Parameter extends Range {
  kind: 'param';
  index: number;
}

export interface Column extends Range {
  kind: 'column';
  name: string;
  table?: string;
  keyspace?: string;
}

export interface UserVariable extends Range {
  kind: 'userVar';
  /** Without `@` and quotes. */
  name: string;
}

export type VariableScope = 'global' | 'session' | 'persist' | 'persist_only' | 'vitess_metadata';

export interface SystemVariable extends Range {
  kind: 'systemVar';
  /** Absent when the source names none (`@@x`); LOCAL reads as session. */
  scope?: VariableScope;
  /** Lower case, without `@@` and scope. */
  name: string;
}

/** `DEFAULT` as a value, or `DEFAULT(column)`. */
export interface Default extends Range {
  kind: 'default';
  column?: Column;
}

/** `VALUES(column)` in ON DUPLICATE KEY UPDATE. */
export interface ValuesOf extends Range {
  kind: 'valuesOf';
  column: Column;
}

export interface Unary extends Range {
  kind: 'unary';
  op: '-' | '+' | '~' | '!' | 'binary';
  operand: Expr;
}

export interface Not extends Range {
  kind: 'not';
  operand: Expr;
}

/** Two operands or more; no operand is itself an `and`. */
export interface And extends Range {
  kind: 'and';
  operands: Expr[];
}

/** Two operands or more; no operand is itself an `or`. */
export interface Or extends Range {
  kind: 'or';
  operands: Expr[];
}

export interface Xor extends Range {
  kind: 'xor';
  left: Expr;
  right: Expr;
}

export type ComparisonOp = '=' | '<=>' | '<>' | '<' | '<=' | '>' | '>=';

export interface Comparison extends Range {
  kind: 'comparison';
  op: ComparisonOp;
  left: Expr;
  /** A `subquery` when `quantifier` is set. */
  right: Expr;
  quantifier?: 'any' | 'all';
}

export type BinaryOp = '+' | '-' | '*' | '/' | 'div' | '%' | '|' | '&' | '^' | '<<' | '>>' | '->' | '->>';

/** Arithmetic, bits, and JSON extraction (`->`: the right side is a string literal). */
export interface Binary extends Range {
  kind: 'binary';
  op: BinaryOp;
  left: Expr;
  right: Expr;
}

export interface Is extends Range {
  kind: 'is';
  operand: Expr;
  test: 'null' | 'true' | 'false' | 'unknown';
  not: boolean;
}

export interface Between extends Range {
  kind: 'between';
  operand: Expr;
  low: Expr;
  high: Expr;
  not: boolean;
}

export interface Like extends Range {
  kind: 'like';
  operand: Expr;
  pattern: Expr;
  escape?: Expr;
  not: boolean;
}

export interface Regexp extends Range {
  kind: 'regexp';
  operand: Expr;
  pattern: Expr;
  not: boolean;
}

export interface MemberOf extends Range {
  kind: 'memberOf';
  operand: Expr;
  array: Expr;
}

export interface In extends Range {
  kind: 'in';
  operand: Expr;
  right: Tuple | Subquery | ListArgument;
  not: boolean;
}

export interface Exists extends Range {
  kind: 'exists';
  query: Query;
}

export interface Subquery extends Range {
  kind: 'subquery';
  query: Query;
}

/** `(a, b)` or `ROW(a, b)`, and the list of IN, which may have one item. */
export interface Tuple extends Range {
  kind: 'tuple';
  items: Expr[];
}

export interface When {
  when: Expr;
  then: Expr;
}

export interface Case extends Range {
  kind: 'case';
  operand?: Expr;
  whens: When[];
  otherwise?: Expr;
}

/**
 * A call of anything that is neither an aggregate nor a window function. SUBSTRING(x FROM a FOR b), POSITION(a IN b),
 * CURRENT_TIMESTAMP without parentheses, `a SOUNDS LIKE b` and `||` as concatenation are read as plain calls; so is
 * `x AT TIME ZONE '+00:00'` in a CAST, by the name `at time zone`.
 */
export interface FunctionCall extends Range {
  kind: 'function';
  /** Lower case. */
  name: string;
  /** Qualifier of a stored function. */
  keyspace?: string;
  /** Of a function of a MariaDB package: `keyspace.package.name(..)`. */
  package?: string;
  args: Expr[];
}

export type AggregateName =
  | 'any_value'
  | 'avg'
  | 'bit_and'
  | 'bit_or'
  | 'bit_xor'
  | 'count'
  | 'group_concat'
  | 'json_arrayagg'
  | 'json_objectagg'
  | 'max'
  | 'min'
  | 'std'
  | 'stddev'
  | 'stddev_pop'
  | 'stddev_samp'
  | 'sum'
  | 'var_pop'
  | 'var_samp'
  | 'variance';

/** An aggregate over a group. One with OVER is a `window` instead. */
export interface Aggregate extends Range {
  kind: 'aggregate';
  name: AggregateName;
  /** Empty for `count(*)`. */
  args: Expr[];
  distinct: boolean;
  /** GROUP_CONCAT only, as are `separator` and `limit`. */
  orderBy: OrderItem[];
  separator?: Literal;
  limit?: Limit;
}

/** A window function, or an aggregate with OVER. */
export interface WindowCall extends Range {
  kind: 'window';
  /** Lower case. */
  name: string;
  /** Empty for `count(*) over ..` and for `rank()`; `star` tells the first. */
  args: Expr[];
  star: boolean;
  distinct: boolean;
  nulls?: 'respect' | 'ignore';
  fromLast: boolean;
  /** PERCENTILE_CONT(..) WITHIN GROUP (ORDER BY ..). */
  withinGroup?: OrderItem[];
  /** Name of a window of the WINDOW clause, or its specification in place. */
  over: string | WindowSpec;
}

export interface WindowSpec {
  /** Name of the window that this one builds on. */
  base?: string;
  partitionBy: Expr[];
  orderBy: OrderItem[];
  frame?: WindowFrame;
}

export interface WindowFrame {
  unit: 'rows' | 'range' | 'groups';
  start: FrameBound;
  /** Absent without BETWEEN. */
  end?: FrameBound;
  exclude?: 'current row' | 'group' | 'ties' | 'no others';
}

export interface FrameBound {
  type: 'current row' | 'unbounded preceding' | 'unbounded following' | 'preceding' | 'following';
  /** With `preceding` and `following` only. */
  value?: Expr;
}

/** Type of CAST and of JSON_VALUE's RETURNING. */
export interface CastType {
  /** Lower case: binary, char, nchar, date, datetime, time, decimal, double, float, json, signed, unsigned, year, .. */
  name: string;
  length?: number;
  scale?: number;
  charset?: string;
  collation?: string;
  array: boolean;
}

/** `CAST(x AS t)` and `CONVERT(x, t)`. */
export interface Cast extends Range {
  kind: 'cast';
  /** An argument `x AS t` of MariaDB's COLUMN_CREATE, COLUMN_ADD, COLUMN_GET. */
  bare?: true;
  operand: Expr;
  type: CastType;
}

export interface ConvertUsing extends Range {
  kind: 'convertUsing';
  operand: Expr;
  charset: string;
}

export interface Collate extends Range {
  kind: 'collate';
  operand: Expr;
  collation: string;
}

/** `INTERVAL value unit`: an operand of `+` and `-`, an argument of DATE_ADD and the like, or a frame bound. */
export interface Interval extends Range {
  kind: 'interval';
  value: Expr;
  /** Lower case, without SQL_TSI_. */
  unit: string;
}

export interface Extract extends Range {
  kind: 'extract';
  unit: string;
  operand: Expr;
}

export interface Trim extends Range {
  kind: 'trim';
  direction?: 'both' | 'leading' | 'trailing';
  remove?: Expr;
  operand: Expr;
}

export interface Match extends Range {
  kind: 'match';
  columns: Column[];
  against: Expr;
  mode?: 'boolean' | 'natural language' | 'natural language with query expansion' | 'query expansion';
}

export interface WeightString extends Range {
  kind: 'weightString';
  operand: Expr;
  as?: CastType;
  /** What stands behind LEVEL. */
  levels?: string;
}

/** `CHAR(65, 66 USING utf8mb4)`. */
export interface CharFunction extends Range {
  kind: 'char';
  args: Expr[];
  charset?: string;
}

export type JsonOnResponse = { type: 'error' | 'null' } | { type: 'default'; value: Expr };

export interface JsonValue extends Range {
  kind: 'jsonValue';
  document: Expr;
  path: Expr;
  returning?: CastType;
  onEmpty?: JsonOnResponse;
  onError?: JsonOnResponse;
}

/** A bare word where a value is expected: TIMESTAMPDIFF(DAY, ..), GET_FORMAT(DATE, ..), `SET x = ON`. */
export interface Keyword extends Range {
  kind: 'keyword';
  /** Lower case. */
  word: string;
}

/** `@a := value`. */
export interface Assign extends Range {
  kind: 'assign';
  target: UserVariable;
  value: Expr;
}

/** `NEXT VALUE FOR sequence`. */
/** NEXT VALUE FOR, PREVIOUS VALUE FOR. */
export interface NextValue extends Range {
  kind: 'nextValue';
  previous?: boolean;
  sequence: TableName;
}

export type Query = Select | SetOperation | ValuesQuery | TableQuery | NestedQuery;

/**
 * What may follow any query. Optional parts are `undefined`, lists are empty when absent. ORDER BY and LIMIT of a set
 * operation apply to its whole result.
 */
export interface QueryTail {
  with?: With;
  orderBy: OrderItem[];
  limit?: Limit;
  locks: LockClause[];
  into?: Into;
}

export type SelectOption =
  | 'high_priority'
  | 'straight_join'
  | 'sql_small_result'
  | 'sql_big_result'
  | 'sql_buffer_result'
  | 'sql_cache'
  | 'sql_no_cache'
  | 'sql_calc_found_rows';

export interface Select extends Range, QueryTail {
  kind: 'select';
  /** Kept comments: optimizer hints and directives, with their delimiters, in source order. */
  comments: string[];
  distinct: boolean;
  options: SelectOption[];
  items: SelectItem[];
  /** Comma-separated table references; empty for none and for FROM DUAL. */
  from: TableExpr[];
  where?: Expr;
  groupBy?: GroupBy;
  having?: Expr;
  windows: NamedWindow[];
  /** MariaDB's PROCEDURE ANALYSE(..). */
  procedure?: { name: string; args: Expr[] };
}

export type SelectItem = SelectExpr | Star | NextItem;

export interface SelectExpr extends Range {
  kind: 'selectExpr';
  expr: Expr;
  alias?: string;
  /** The expression as written: MySQL's name for the column when there is no alias. See `columnName`. */
  text: string;
}

/** `*`, `t.*`, `ks.t.*`. */
export interface Star extends Range {
  kind: 'star';
  table?: string;
  keyspace?: string;
}

/** `SELECT NEXT n VALUES FROM sequence`, `SELECT NEXT VALUE ..` (count 1). */
export interface NextItem extends Range {
  kind: 'next';
  count: Expr;
}

export interface GroupBy {
  /** MariaDB lets a direction stand here. */
  items: OrderItem[];
  rollup: boolean;
}

export interface OrderItem extends Range {
  expr: Expr;
  desc: boolean;
}

export interface Limit {
  offset?: Expr;
  count: Expr;
  /** FETCH FIRST .. WITH TIES. */
  withTies?: boolean;
  /** MariaDB's ROWS EXAMINED: the server stops after that many rows were looked at. */
  rowsExamined?: Expr;
}

export interface NamedWindow {
  name: string;
  spec: WindowSpec;
}

/** FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE (`share`). */
export interface LockClause {
  strength: 'update' | 'share';
  of: TableName[];
  /** A number is MariaDB's WAIT n, in seconds. */
  wait?: 'nowait' | 'skip locked' | number;
}

export type Into =
  | { type: 'variables'; variables: (UserVariable | { kind: 'localVar'; name: string })[] }
  /** `options` are the export options as written. */
  | { type: 'outfile' | 'dumpfile'; s3: boolean; file: string; options: string };

export type SetOperator = 'union' | 'intersect' | 'except';

/** Associates to the left; INTERSECT binds tighter. */
export interface SetOperation extends Range, QueryTail {
  kind: 'setOperation';
  op: SetOperator;
  all: boolean;
  left: Query;
  right: Query;
}

/** `VALUES ROW(1, 2), ROW(3, 4)`; MariaDB writes `VALUES (1, 2), (3, 4)`. */
export interface ValuesQuery extends Range, QueryTail {
  kind: 'values';
  rows: Expr[][];
}

/** `TABLE t`. */
export interface TableQuery extends Range, QueryTail {
  kind: 'tableQuery';
  table: TableName;
}

/**
 * A parenthesised query with a tail of its own inside one with another: `(select .. limit 5) order by a limit 2`.
 * Parentheses that add nothing leave no node.
 */
export interface NestedQuery extends Range, QueryTail {
  kind: 'nested';
  query: Query;
}

export interface With {
  recursive: boolean;
  ctes: CommonTable[];
}

export interface CommonTable extends Range {
  name: string;
  columns: string[];
  query: Query;
  /** MariaDB's CYCLE .. RESTRICT. */
  cycle?: string[];
}

export type TableExpr = TableRef | DerivedTable | Join | JsonTable;

export interface TableRef extends Range {
  kind: 'table';
  keyspace?: string;
  name: string;
  alias?: string;
  /** UPDATE and DELETE of MariaDB: FOR PORTION OF a period. */
  portion?: { period: string; from: Expr; to: Expr };
  partitions: string[];
  hints: IndexHint[];
  /** MariaDB's system-versioned tables. */
  systemTime?: SystemTime;
}

/** `FOR SYSTEM_TIME ..`: rows as they were. */
export type SystemTime =
  | { type: 'all' }
  | { type: 'as of'; at: TimePoint }
  | { type: 'between' | 'from'; from: TimePoint; to: TimePoint };

/** A time, or the number of a transaction. */
export interface TimePoint {
  unit?: 'timestamp' | 'transaction';
  value: Expr;
}

export interface IndexHint {
  action: 'use' | 'force' | 'ignore';
  type: 'index' | 'vindex';
  for?: 'join' | 'order by' | 'group by';
  names: string[];
}

export interface DerivedTable extends Range {
  kind: 'derived';
  query: Query;
  lateral: boolean;
  /** Empty when the source gives none. */
  alias: string;
  columns: string[];
}

/**
 * CROSS JOIN and JOIN are `inner`, STRAIGHT_JOIN is `straight`. A comma inside parentheses is an `inner` join without
 * condition. At most one of `on`, `using` and `natural` is given.
 */
export interface Join extends Range {
  kind: 'join';
  type: 'inner' | 'left' | 'right' | 'straight';
  natural: boolean;
  left: TableExpr;
  right: TableExpr;
  on?: Expr;
  using: string[];
}

export interface JsonTable extends Range {
  kind: 'jsonTable';
  document: Expr;
  path: string;
  columns: JsonTableColumn[];
  alias: string;
}

export type JsonTableColumn =
  | { kind: 'ordinality'; name: string }
  | {
      kind: 'path';
      name: string;
      /** The column type as written. */
      type: string;
      exists: boolean;
      path: string;
      onEmpty?: JsonOnResponse;
      onError?: JsonOnResponse;
    }
  | { kind: 'nested'; path: string; columns: JsonTableColumn[] };
