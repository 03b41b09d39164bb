import type {
  Expr,
  Join,
  LockClause,
  Query,
  Select,
  TableExpr,
  TableQuery,
  TableRef,
} from '@vitess-ts/sqlparser';
import type { VSchema } from '@vitess-ts/vindexes';
import type { TabletType } from '@vitess-ts/proto/topodata';
import { unsupported } from '../../engine/unsupported';
import { findTable } from '../semantics/known-table';
import { isSystemSchema } from '../sql-text';
import { conjuncts, isQuery, walk, type Part } from '../syntax-tree';
import { conditionsOn } from './pushed-conditions';
import type { Reference, Source } from './reference';

/** Names of common tables in scope. */
type Names = ReadonlySet<string>;

/** Finds all tables that a query reads, and what of each it needs. */
export class ReferenceCollector {
  readonly references: Reference[] = [];
  /** Tables of the servers' own schemas. */
  readonly system: TableRef[] = [];

  constructor(
    private readonly vschema: VSchema,
    private readonly keyspace: string | undefined,
    private readonly tabletType: TabletType | undefined,
  ) {}

  collect(query: Query): Reference[] {
    this.visitQuery(query, new Set(), false);
    return this.references;
  }

  private visitQuery(query: Query, outer: Names, isExists: boolean): void {
    const common = this.visitWith(query, outer);
    switch (query.kind) {
      case 'select':
        this.visitSelect(query, common, isExists);
        return;
      case 'setOperation':
        this.visitQuery(query.left, common, false);
        this.visitQuery(query.right, common, false);
        break;
      case 'nested':
        this.visitQuery(query.query, common, isExists);
        break;
      case 'tableQuery':
        if (query.table.keyspace === undefined && common.has(query.table.name)) return;
        this.reference(query, query.table, undefined, []).usesAllColumns = true;
        return;
      case 'values':
        this.visitNested(query.rows, common);
    }
    this.visitNested([query.orderBy, query.limit ?? []], common);
  }

  private visitWith(query: Query, outer: Names): Names {
    let names = outer;
    for (const cte of query.with?.ctes ?? []) {
      const itself = new Set(names).add(cte.name);
      this.visitQuery(cte.query, query.with?.recursive ? itself : names, false);
      names = itself;
    }
    return names;
  }

  /** The queries inside a part that is none. */
  private visitNested(part: Part, common: Names): void {
    walk(part, (node) => {
      if (node.kind === 'exists') {
        this.visitQuery((node as unknown as { query: Query }).query, common, true);
        return false;
      }
      if (!isQuery(node)) return true;
      this.visitQuery(node, common, false);
      return false;
    });
  }

  private visitSelect(select: Select, common: Names, isExists: boolean): void {
    const sources: Source[] = [];
    const eligible = select.from.flatMap((table) => this.visitTable(table, common, sources));
    if (!isExists) markStars(select, sources);
    for (const lock of select.locks) markLock(lock, sources);
    markNamesakes(sources);
    const { items, where, groupBy, having, orderBy, windows, limit } = select;
    push(conjuncts(where), eligible, sources);
    pushJoins(select.from, sources);
    this.visitNested([items, where, groupBy, having, orderBy, windows, limit].filter(isPart), common);
  }

  /** Adds the tables of a FROM element; returns those whose rows a condition of WHERE may leave out. */
  private visitTable(table: TableExpr, common: Names, sources: Source[]): Reference[] {
    switch (table.kind) {
      case 'table': {
        if (table.keyspace === undefined && common.has(table.name)) {
          sources.push({ alias: table.alias ?? table.name });
          return [];
        }
        if (isSystemSchema(table.keyspace)) {
          this.system.push(table);
          sources.push({ alias: table.alias ?? table.name });
          return [];
        }
        const reference = this.reference(table, table, table.alias, table.partitions);
        sources.push({ alias: reference.alias, reference });
        return [reference];
      }
      case 'derived':
        this.visitQuery(table.query, common, false);
        sources.push({ alias: table.alias });
        return [];
      case 'jsonTable':
        this.visitNested(table.document, common);
        sources.push({ alias: table.alias });
        return [];
      case 'join': {
        const before = sources.length;
        const left = this.visitTable(table.left, common, sources);
        const right = this.visitTable(table.right, common, sources);
        if (table.natural) {
          for (const { reference } of sources.slice(before)) if (reference) reference.usesAllColumns = true;
        }
        if (table.on !== undefined) this.visitNested(table.on, common);
        return preserved(table, left, right);
      }
    }
  }

  private reference(
    node: TableRef | TableQuery,
    name: { keyspace?: string; name: string },
    alias: string | undefined,
    partitions: readonly string[],
  ): Reference {
    if (isSystemSchema(name.keyspace)) {
      throw unsupported(
        `reading ${name.keyspace}.${name.name} together with tables of a sharded keyspace`,
        'read it in a statement of its own',
      );
    }
    const table = findTable(this.vschema, name.keyspace ?? this.keyspace, name.name, this.tabletType);
    const reference: Reference = {
      node,
      table,
      alias: alias ?? name.name,
      isAliased: alias !== undefined,
      partitions,
      usesAllColumns: false,
      conditions: [],
      needsKeyspace: false,
    };
    this.references.push(reference);
    return reference;
  }
}

const isPart = (part: Part | undefined): part is Part => part !== undefined;

/** The tables of a join to which the join itself adds no row of NULLs. */
function preserved({ type }: Join, left: readonly Reference[], right: readonly Reference[]): Reference[] {
  if (type === 'left') return [...left];
  return type === 'right' ? [...right] : [...left, ...right];
}

/** Conditions of ON leave rows out of both sides of an inner join, and of the optional side of an outer one. */
function pushJoins(tables: readonly TableExpr[], sources: readonly Source[]): void {
  const visit = (table: TableExpr): Reference[] => {
    if (table.kind === 'table') {
      return sources.flatMap(({ reference }) => (reference?.node === table ? [reference] : []));
    }
    if (table.kind !== 'join') return [];
    const left = visit(table.left);
    const right = visit(table.right);
    const reduced = table.type === 'left' ? right : table.type === 'right' ? left : [...left, ...right];
    push(conjuncts(table.on), reduced, sources);
    return preserved(table, left, right);
  };
  for (const table of tables) visit(table);
}

function push(conditions: readonly Expr[], eligible: readonly Reference[], sources: readonly Source[]): void {
  for (const reference of eligible) {
    reference.conditions.push(...conditionsOn(reference, conditions, sources));
  }
}

function markStars(select: Select, sources: readonly Source[]): void {
  for (const item of select.items) {
    if (item.kind !== 'star') continue;
    for (const { alias, reference } of sources) {
      if (reference && (item.table === undefined || item.table === alias)) reference.usesAllColumns = true;
    }
  }
}

function markLock(lock: LockClause, sources: readonly Source[]): void {
  const named = new Set(lock.of.map((t) => t.name));
  for (const { alias, reference } of sources) {
    if (reference && (named.size === 0 || named.has(alias))) reference.lock = lock;
  }
}

function markNamesakes(sources: readonly Source[]): void {
  for (const { alias, reference } of sources) {
    if (reference === undefined || reference.isAliased) continue;
    reference.needsKeyspace = sources.some(
      ({ alias: other, reference: r }) =>
        other === alias && r && !r.isAliased && r.table.keyspace !== reference.table.keyspace,
    );
  }
}
