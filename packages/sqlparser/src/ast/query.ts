import type { Expr, JsonOnResponse, UserVariable, WindowSpec } from './expr';
import type { Range, TableName } from './node';

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
}

export type TableExpr = TableRef | DerivedTable | Join | JsonTable;

export interface TableRef extends Range {
  kind: 'table';
  keyspace?: string;
  name: string;
  alias?: string;
  partitions: string[];
  hints: IndexHint[];
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
