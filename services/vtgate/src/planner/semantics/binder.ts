import type { TabletType } from '@vitess-ts/proto/topodata';
import type {
  Column,
  CommonTable,
  DerivedTable,
  Expr,
  Join,
  Query,
  Select,
  SetOperation,
  Star,
  TableExpr,
  TableRef,
  With,
} from '@vitess-ts/sqlparser';
import type { VSchema } from '@vitess-ts/vindexes';
import { unsupported } from '../../engine/unsupported';
import { isSystemSchema } from '../sql-text';
import { contains, isColumn, isQuery, rewrite, type Kinded, type Part } from '../syntax-tree';
import {
  isBound,
  tablesOf,
  type BoundColumn,
  type BoundDerived,
  type BoundSelect,
  type BoundTable,
  type TableInfo,
  type TableSet,
} from './bound';
import { outputColumns, itemName } from './output-columns';
import { tableNotAllowed, unknownColumn, type Clause } from './errors';
import { checkStars, expandStars, impliedEquality, naturalColumns } from './joined-columns';
import { checkDuplicates, columnsOf, findTable } from './known-table';
import { Scope, type ItemLookup } from './scope';

/** An ON condition that USING or NATURAL stands for; the join keeps its own form for printing. */
export type BoundJoin = Join & { implied?: Expr[] };

export interface CteScope {
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

  /** The bit of a derived table that the planner adds; no name means it. */
  addTable(): TableSet {
    const bit = this.newBit();
    this.tables.push({ bit, alias: '', columns: [], complete: true });
    return bit;
  }

  /** Binds the tables of an UPDATE or DELETE, and what stands in its clauses. */
  bindTables(statement: { tables: readonly TableExpr[]; with?: With }): {
    scope: Scope;
    from: TableExpr[];
    ctes: CteScope | undefined;
  } {
    const scope = new Scope();
    const ctes = this.withCtes(statement, undefined);
    return { scope, from: statement.tables.map((t) => this.bindTableExpr(t, scope, ctes)), ctes };
  }

  bindPart<T extends Part>(part: T, scope: Scope, clause: Clause, ctes?: CteScope): T {
    return rewrite(part, (node) => this.bindNode(node, scope, clause, 'none', ctes));
  }

  private withCtes(query: { with?: With }, ctes: CteScope | undefined): CteScope | undefined {
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
      // MySQL looks into those that nothing reads, too.
      if (!isRead(query, cte)) this.bindQuery(cte.query, undefined, scope);
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
    scope.aliases = new Set(
      select.items.flatMap((i) => (i.kind === 'selectExpr' && i.alias?.toLowerCase()) || []),
    );
    checkStars(select.items);
    const items = expandStars(select.items, scope).map((item) => bind(item, 'field list'));
    const where = select.where && bind(select.where, 'where clause');
    const windows = bind(select.windows, 'field list');
    scope.items = items.map((item) => ({
      name: itemName(item),
      tables: tablesOf(item),
      isColumn:
        item.kind !== 'selectExpr' ||
        (isColumn(item.expr) && item.expr.name.toLowerCase() === itemName(item).toLowerCase()),
      column: item.kind === 'selectExpr' && isBound(item.expr) ? item.expr : undefined,
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
      orderBy: select.orderBy.map((item) => {
        const isName = isColumn(item.expr) && item.expr.table === undefined;
        const named = isName ? scope.itemFor(item.expr as Column, 'order clause') : undefined;
        return named === undefined ? bind(item, 'order clause', 'after') : { ...item, expr: named };
      }),
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
      if (node.table !== undefined) throw tableNotAllowed(node.table);
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
      if (table !== undefined) scope.merge(name, table, implied[i].left.tables | implied[i].right.tables);
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

  private register(scope: Scope, table: TableInfo): void {
    this.tables.push(table);
    scope.add(table);
  }

  private newBit(): TableSet {
    return 1n << BigInt(this.tables.length);
  }
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

/** Whether anything else of a query has a common table's name. */
function isRead(query: { with?: With }, cte: CommonTable): boolean {
  const others = query.with?.ctes.filter((other) => other !== cte) ?? [];
  return mentions({ ...query, with: undefined }, cte.name) || others.some((o) => mentions(o.query, cte.name));
}

const mentions = (query: object, name: string): boolean =>
  contains(query, (node) => node.kind === 'table' && (node as TableRef).name === name);
