import type { TabletType } from '@vitess-ts/proto/topodata';
import type {
  CommonTable,
  DerivedTable,
  Expr,
  Join,
  Query,
  Select,
  SelectItem,
  SetOperation,
  Star,
  TableExpr,
  TableRef,
} from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import type { Table, VSchema } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import { unsupported } from '../../engine/unsupported';
import { isSystemSchema } from '../sql-text';
import { contains, isColumn, isQuery, rewrite, type Kinded, type Part } from '../syntax-tree';
import {
  tablesOf,
  type BoundColumn,
  type BoundDerived,
  type BoundSelect,
  type BoundTable,
  type ColumnInfo,
  type TableInfo,
  type TableSet,
} from './bound';
import { outputColumns, itemName } from './output-columns';
import { asMissingTable, unknownColumn, unknownTable, type Clause } from './errors';
import { Scope, columnOf, type ItemLookup } from './scope';

/** An ON condition that USING or NATURAL stands for; the join keeps its own form for printing. */
export type BoundJoin = Join & { implied?: Expr[] };

interface CteScope {
  tables: ReadonlyMap<string, { cte: CommonTable; scope: CteScope | undefined }>;
  outer?: CteScope;
}

/**
 * Gives each table of a statement its bit, each column its table, `*` its columns where they are known, and puts the
 * query of each common table where it is used.
 */
export class Binder {
  /** All tables of the statement. */
  readonly tables: TableInfo[] = [];

  constructor(
    private readonly vschema: VSchema,
    private readonly keyspace: string | undefined,
    private readonly tabletType: TabletType | undefined,
  ) {}

  /** `keyspace.table` of each table of the vschema. */
  tablesUsed(): string[] {
    const names = this.tables.flatMap(({ table }) => (table ? [`${table.keyspace.name}.${table.name}`] : []));
    return [...new Set(names)].sort();
  }

  bindQuery(query: Query, outer?: Scope, ctes?: CteScope): Query {
    const inner = this.withCtes(query, ctes);
    switch (query.kind) {
      case 'select':
        return this.bindSelect(query, outer, inner);
      case 'setOperation':
        return this.bindSetOperation(query, outer, inner);
      case 'nested': {
        const nested = this.bindQuery(query.query, outer, inner);
        return { ...query, with: undefined, query: nested, ...this.bindTail(query, nested, outer) };
      }
      case 'tableQuery': {
        const star: Star = { kind: 'star' };
        const { table } = query;
        const from: TableRef = { kind: 'table', ...table, partitions: [], hints: [] };
        const { orderBy, limit, locks, into } = query;
        return this.bindSelect(
          {
            kind: 'select', comments: [], distinct: false, options: [], items: [star], from: [from], windows: [],
            orderBy, limit, locks, into,
          }, // prettier-ignore
          outer,
          inner,
        );
      }
      case 'values':
        return rewrite(query, (node) => this.bindNode(node, new Scope(outer), 'field list', 'none', inner));
    }
  }

  /** Binds the tables of an UPDATE or DELETE, and what stands in its clauses. */
  bindTables(from: readonly TableExpr[]): { scope: Scope; from: TableExpr[] } {
    const scope = new Scope();
    return { scope, from: from.map((t) => this.bindTableExpr(t, scope, undefined)) };
  }

  bindPart<T extends Part>(part: T, scope: Scope, clause: Clause): T {
    return rewrite(part, (node) => this.bindNode(node, scope, clause, 'none', undefined));
  }

  private withCtes(query: Query, ctes: CteScope | undefined): CteScope | undefined {
    if (query.with === undefined) return ctes;
    const tables = new Map<string, { cte: CommonTable; scope: CteScope | undefined }>();
    const recursive = query.with.recursive;
    let scope = ctes;
    for (const cte of query.with.ctes) {
      if (recursive && mentions(cte.query, cte.name)) {
        throw unsupported(
          `the recursive common table '${cte.name}' over tables of a sharded keyspace`,
          'restrict the whole statement to one shard by an explicit target (USE `keyspace:shard`)',
        );
      }
      tables.set(cte.name, { cte, scope });
      scope = { tables: new Map(tables), outer: ctes };
    }
    return scope;
  }

  private bindSelect(select: Select, outer: Scope | undefined, ctes: CteScope | undefined): BoundSelect {
    const scope = new Scope(outer);
    const from = select.from.map((t) => this.bindTableExpr(t, scope, ctes));
    const bind = <T extends Part>(part: T, clause: Clause, items: ItemLookup = 'none'): T =>
      rewrite(part, (node) => this.bindNode(node, scope, clause, items, ctes));
    const items = this.expandStars(select.items, scope).map((item) => bind(item, 'field list'));
    const where = select.where && bind(select.where, 'where clause');
    const windows = bind(select.windows, 'field list');
    scope.items = items.map((item) => ({
      name: itemName(item),
      tables: tablesOf(item),
      isColumn:
        item.kind !== 'selectExpr' ||
        (isColumn(item.expr) && item.expr.name.toLowerCase() === itemName(item).toLowerCase()),
      info: item.kind === 'selectExpr' ? { name: itemName(item) } : undefined,
    }));
    return {
      ...select,
      with: undefined,
      items,
      from,
      where,
      windows,
      groupBy: select.groupBy && bind(select.groupBy, 'group statement', 'after'),
      having: select.having && bind(select.having, 'having clause', 'before'),
      orderBy: bind(select.orderBy, 'order clause', 'before'),
      tables: scope.tables.reduce((set, t) => set | t.bit, 0n),
    };
  }

  private bindSetOperation(query: SetOperation, outer?: Scope, ctes?: CteScope): Query {
    const left = this.bindQuery(query.left, outer, ctes);
    const right = this.bindQuery(query.right, outer, ctes);
    const bound: SetOperation = { ...query, with: undefined, left, right };
    return { ...bound, ...this.bindTail(query, bound, outer) };
  }

  /** ORDER BY behind a set operation or a nested query names output columns only. */
  private bindTail(query: Query, bound: Query, outer: Scope | undefined): Pick<Query, 'orderBy'> {
    const names = outputColumns(bound);
    const orderBy = rewrite(query.orderBy, (node) => {
      if (isQuery(node)) return this.bindQuery(node, outer);
      if (!isColumn(node)) return undefined;
      const item = names?.findIndex((c) => c.name.toLowerCase() === node.name.toLowerCase()) ?? -1;
      if (item < 0 && names !== undefined) throw unknownColumn(node.name, 'order clause');
      const column: BoundColumn = { ...node, tables: 0n, item: item < 0 ? undefined : item };
      return column;
    });
    return { orderBy };
  }

  private bindNode(
    node: Kinded,
    scope: Scope,
    clause: Clause,
    items: ItemLookup,
    ctes: CteScope | undefined,
  ): Part | undefined {
    if (isColumn(node)) return scope.resolve(node, clause, items);
    if (isQuery(node)) return this.bindQuery(node, scope, ctes);
    // Inside an aggregate a name means a column of the tables.
    if (node.kind === 'aggregate' && items !== 'none') {
      return rewrite({ ...node }, (inner) =>
        inner.kind === 'aggregate' ? undefined : this.bindNode(inner, scope, clause, 'after', ctes),
      );
    }
    return undefined;
  }

  private bindTableExpr(table: TableExpr, scope: Scope, ctes: CteScope | undefined): TableExpr {
    switch (table.kind) {
      case 'table':
        return this.bindTableRef(table, scope, ctes);
      case 'derived':
        return this.bindDerived(table, scope, ctes);
      case 'join':
        return this.bindJoin(table, scope, ctes);
      case 'jsonTable': {
        const bit = this.newBit();
        const bound = rewrite({ ...table }, (node) =>
          node.kind === 'jsonTable' ? undefined : this.bindNode(node, scope, 'from clause', 'none', ctes),
        );
        this.register(scope, { bit, alias: table.alias, columns: [], complete: false });
        return Object.assign(bound, { bit });
      }
    }
  }

  private bindTableRef(ref: TableRef, scope: Scope, ctes: CteScope | undefined): TableExpr {
    const common = ref.keyspace === undefined ? findCte(ref.name, ctes) : undefined;
    if (common !== undefined) {
      const derived: DerivedTable = {
        kind: 'derived',
        query: common.cte.query,
        lateral: false,
        alias: ref.alias ?? ref.name,
        columns: common.cte.columns,
      };
      return this.bindDerived(derived, scope, common.scope);
    }
    if (isSystemSchema(ref.keyspace)) {
      throw unsupported(
        `reading ${ref.keyspace}.${ref.name} together with tables of a sharded keyspace`,
        'read it in a statement of its own',
      );
    }
    const table = findTable(this.vschema, ref.keyspace ?? this.keyspace, ref.name, this.tabletType);
    const alias = ref.alias ?? ref.name;
    const bit = this.newBit();
    this.register(scope, {
      bit,
      alias,
      keyspace: ref.alias === undefined ? (ref.keyspace ?? table.keyspace.name) : undefined,
      table,
      columns: columnsOf(table),
      complete: table.columnListAuthoritative,
    });
    const bound: BoundTable = {
      ...ref,
      keyspace: table.keyspace.name,
      name: table.name,
      alias: ref.alias ?? (ref.name === table.name ? undefined : ref.name),
      bit,
    };
    return bound;
  }

  private bindDerived(derived: DerivedTable, scope: Scope, ctes: CteScope | undefined): TableExpr {
    const query = this.bindQuery(derived.query, derived.lateral ? scope : scope.outer, ctes);
    const output = outputColumns(query);
    const bit = this.newBit();
    const columns =
      derived.columns.length > 0 && output !== undefined
        ? output.map((c, i) => ({ ...c, name: derived.columns[i] ?? c.name }))
        : (output ?? []);
    checkDuplicates(columns);
    this.register(scope, { bit, alias: derived.alias, columns, complete: output !== undefined, query });
    const bound: BoundDerived = { ...derived, query, bit };
    return bound;
  }

  private bindJoin(join: Join, scope: Scope, ctes: CteScope | undefined): TableExpr {
    const before = scope.tables.length;
    const left = this.bindTableExpr(join.left, scope, ctes);
    const leftTables = scope.tables.slice(before);
    const middle = scope.tables.length;
    const right = this.bindTableExpr(join.right, scope, ctes);
    const rightTables = scope.tables.slice(middle);
    const names = join.natural ? naturalColumns(leftTables, rightTables) : join.using;
    const implied = names.map((name) => impliedEquality(name, leftTables, rightTables, scope));
    for (const [i, name] of names.entries()) {
      const preserved = join.type === 'right' ? implied[i].right : implied[i].left;
      const table = scope.tables.find((t) => t.bit === preserved.tables);
      if (table !== undefined) scope.merge(name, table);
    }
    const on = join.on && rewrite(join.on, (node) => this.bindNode(node, scope, 'on clause', 'none', ctes));
    const bound: BoundJoin = { ...join, left, right, on };
    if (implied.length > 0) {
      bound.implied = implied.map(({ left: l, right: r }) => ({
        kind: 'comparison',
        op: '=',
        left: l,
        right: r,
      }));
    }
    return bound;
  }

  private expandStars(items: readonly SelectItem[], scope: Scope): SelectItem[] {
    return items.flatMap((item): SelectItem[] => {
      if (item.kind !== 'star') return [item];
      const tables = item.table === undefined ? scope.tables : scope.tables.filter((t) => isNamed(t, item));
      if (item.table !== undefined && tables.length === 0) {
        throw unknownTable(item.keyspace === undefined ? item.table : `${item.keyspace}.${item.table}`);
      }
      if (tables.length === 0 || tables.some((t) => !t.complete)) return [item];
      return starColumns(tables, scope, item.table === undefined);
    });
  }

  private register(scope: Scope, table: TableInfo): void {
    this.tables.push(table);
    scope.add(table);
  }

  private newBit(): TableSet {
    return 1n << BigInt(this.tables.length);
  }
}

/** A derived table cannot have two columns of one name. */
function checkDuplicates(columns: readonly ColumnInfo[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw new SqlError(1060, '42S21', `Duplicate column name '${name}'`);
    seen.add(lower);
  }
}

function isNamed(table: TableInfo, star: Star): boolean {
  return table.alias === star.table && (star.keyspace === undefined || star.keyspace === table.keyspace);
}

/** Columns that USING merged come first and once, as in MySQL. */
function starColumns(tables: readonly TableInfo[], scope: Scope, all: boolean): SelectItem[] {
  const columns: SelectItem[] = [];
  const seen = new Set<string>();
  const qualified = scope.tables.length > 1;
  const add = (table: TableInfo, name: string): void => {
    columns.push({
      kind: 'selectExpr',
      expr: { kind: 'column', name, ...(qualified ? { table: table.alias } : {}) },
      text: name,
    });
  };
  const visible = tables.map((table) => ({ table, columns: table.columns.filter((c) => !c.invisible) }));
  if (all) {
    for (const { columns: list } of visible) {
      for (const { name } of list) {
        const merged = scope.isMerged(name);
        if (merged === undefined || seen.has(name.toLowerCase())) continue;
        seen.add(name.toLowerCase());
        add(merged, name);
      }
    }
  }
  for (const { table, columns: list } of visible) {
    for (const { name } of list) if (!seen.has(name.toLowerCase())) add(table, name);
  }
  return columns;
}

function findCte(
  name: string,
  scope: CteScope | undefined,
): { cte: CommonTable; scope: CteScope | undefined } | undefined {
  for (let at = scope; at !== undefined; at = at.outer) {
    const found = at.tables.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const mentions = (query: Query, name: string): boolean =>
  contains(query, (node) => node.kind === 'table' && (node as TableRef).name === name);

/** A table of the vschema after routing rules. Throws 1146 as MySQL does. */
export function findTable(
  vschema: VSchema,
  keyspace: string | undefined,
  name: string,
  tabletType: TabletType | undefined,
): Table {
  try {
    return vschema.findTable(keyspace, name, tabletType);
  } catch (error) {
    throw asMissingTable(error, keyspace, name);
  }
}

/** The columns that the vschema knows; those of vindexes and sequences even when it lists none. */
function columnsOf(table: Table): ColumnInfo[] {
  const columns: ColumnInfo[] = table.columns.map((c) => ({
    name: c.name,
    type: c.type === Type.NULL_TYPE ? undefined : c.type,
    collation: c.collation === '' ? undefined : c.collation,
    invisible: c.invisible,
  }));
  const known = new Set(columns.map((c) => c.name.toLowerCase()));
  const more = table.columnVindexes.flatMap((v) => v.columns);
  if (table.autoIncrement !== undefined) more.push(table.autoIncrement.column);
  for (const name of more) {
    if (known.has(name.toLowerCase())) continue;
    known.add(name.toLowerCase());
    columns.push({ name });
  }
  return columns;
}

function naturalColumns(left: readonly TableInfo[], right: readonly TableInfo[]): string[] {
  if ([...left, ...right].some((t) => !t.complete)) {
    throw unsupported(
      'NATURAL JOIN of tables whose columns are not known',
      'write the columns as JOIN .. USING (..), or let the schema be tracked',
    );
  }
  const names = new Set(right.flatMap((t) => t.columns).map((c) => c.name.toLowerCase()));
  const shared = left.flatMap((t) => t.columns).filter((c) => names.has(c.name.toLowerCase()));
  return [...new Map(shared.map((c) => [c.name.toLowerCase(), c.name])).values()];
}

function impliedEquality(
  name: string,
  left: readonly TableInfo[],
  right: readonly TableInfo[],
  scope: Scope,
): { left: BoundColumn; right: BoundColumn } {
  const side = (tables: readonly TableInfo[]): BoundColumn => {
    const merged = scope.isMerged(name);
    const table =
      (merged !== undefined && tables.includes(merged) ? merged : undefined) ??
      tables.find((t) => columnOf(t, name) !== undefined) ??
      (tables.length === 1 && !tables[0].complete ? tables[0] : undefined);
    if (table === undefined) throw unknownColumn(name, 'from clause');
    return { kind: 'column', name, table: table.alias, tables: table.bit, info: columnOf(table, name) };
  };
  return { left: side(left), right: side(right) };
}
