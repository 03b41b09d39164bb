import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { normalize, parse, parseCreateTable, splitStatements } from '@vitess-ts/sqlparser';

/** What is read of a vschema as JSON. */
export interface VSchemaJson {
  routing_rules?: { rules?: { from_table: string; to_tables?: string[] }[] };
  keyspaces?: Record<string, KeyspaceJson>;
}
export interface KeyspaceJson {
  require_explicit_routing?: boolean;
  sharded?: boolean;
  vindexes?: Record<string, { type: string; owner?: string; params?: Record<string, string> }>;
  tables?: Record<string, TableJson>;
}
export interface ColumnJson {
  name: string;
  type?: string;
  invisible?: boolean;
  /** The type as DDL has it, where there is DDL. */
  sqlType?: string;
  notNull?: boolean;
}
export interface TableJson {
  type?: string;
  source?: string;
  pinned?: string;
  columns?: ColumnJson[];
  /** Primary key of the DDL. */
  key?: string[];
  column_list_authoritative?: boolean;
  column_vindexes?: { column?: string; columns?: string[]; name: string }[];
  auto_increment?: { column: string };
}

interface Node {
  kind?: string;
  name?: string;
  table?: string;
  keyspace?: string;
  alias?: string;
}

/** A vschema of the corpus; the two spellings of its fields become one. */
export function readVSchema(dir: string, name: string): VSchemaJson {
  const text = readFileSync(join(dir, `vschema-${name}.json`), 'utf8');
  return JSON.parse(text.replaceAll('"columnVindexes"', '"column_vindexes"')) as VSchemaJson;
}

/**
 * Gives each table all its columns, as a tracked schema would: those of its DDL, of the vschema, and for the rest the
 * names that the queries use. Types matter little to planning; what nothing tells is text.
 */
export function completeColumns(vschema: VSchemaJson, dir: string, queries: readonly string[]): void {
  const tables = new CorpusTables(vschema);
  for (const name of readdirSync(dir)) {
    const keyspace = /^ddl-(.*)\.sql$/.exec(name)?.[1];
    if (keyspace !== undefined) tables.addDdl(keyspace, readFileSync(join(dir, name), 'utf8'));
  }
  tables.addVindexColumns();
  const trees = queries.flatMap((query) => {
    try {
      return [parse(normalize(query).text) as object];
    } catch {
      return [];
    }
  });
  for (const tree of trees) tables.addTables(tree);
  for (const tree of trees) tables.addQualified(tree);
  for (const tree of trees) tables.addUnqualified(tree);
  tables.close();
}

const systemSchemas: ReadonlySet<string> = new Set([
  'information_schema',
  'mysql',
  'performance_schema',
  'sys',
]);

class CorpusTables {
  private readonly closed = new Set<TableJson>();

  constructor(private readonly vschema: VSchemaJson) {
    for (const { tables } of Object.values(vschema.keyspaces ?? {})) {
      for (const table of Object.values(tables ?? {})) {
        if (table.column_list_authoritative) this.closed.add(table);
      }
    }
  }

  addDdl(keyspace: string, sql: string): void {
    for (const { text } of splitStatements(sql)) {
      if (!/^\s*create\s+table/i.test(text)) continue;
      const definition = parseCreateTable(text);
      const table = this.vschema.keyspaces?.[keyspace]?.tables?.[definition.table.name];
      if (table === undefined) continue;
      table.key = definition.keys.find((k) => k.type === 'primary')?.columns.flatMap((c) => c.name ?? []);
      for (const column of definition.columns) {
        this.add(table, column.name, typeOf(column.typeName));
        const added = table.columns?.find((c) => c.name.toLowerCase() === column.name.toLowerCase());
        if (added === undefined) continue;
        added.type ??= typeOf(column.typeName);
        Object.assign(added, { sqlType: column.type, notNull: !column.nullable });
      }
    }
  }

  addVindexColumns(): void {
    for (const { tables } of Object.values(this.vschema.keyspaces ?? {})) {
      for (const table of Object.values(tables ?? {})) {
        for (const { column, columns = [] } of table.column_vindexes ?? []) {
          for (const name of column === undefined ? columns : [column, ...columns])
            this.add(table, name, 'INT64');
        }
        if (table.auto_increment) this.add(table, table.auto_increment.column, 'INT64');
      }
    }
  }

  /** Tables that the vschema lacks: in the keyspace that is named, else in the unsharded one. */
  addTables(tree: object): void {
    const common = new Set<string>();
    walk(tree, (node) => {
      for (const { name } of (node as { with?: { ctes: { name: string }[] } }).with?.ctes ?? [])
        common.add(name);
    });
    const keyspaces = (this.vschema.keyspaces ??= {});
    walk(tree, (node) => {
      const { kind, name = '', keyspace } = node;
      if (kind !== 'table' || (keyspace === undefined && common.has(name))) return;
      if (systemSchemas.has(keyspace?.toLowerCase() ?? '') || this.isRouted(node)) return;
      if (keyspace === undefined && Object.values(keyspaces).some((k) => name in (k.vindexes ?? {}))) return;
      if (keyspace !== undefined && keyspaces[keyspace]?.sharded) return;
      if (this.find(node).length > 0) return;
      const home = keyspace ?? 'main';
      if (keyspaces[home]?.sharded) return;
      ((keyspaces[home] ??= { require_explicit_routing: true }).tables ??= {})[name] = {};
    });
  }

  /** `alias.column`: of any table that the statement calls so. */
  addQualified(tree: object): void {
    const named = new Map<string, TableJson[]>();
    walk(tree, (node) => {
      if (node.kind !== 'table') return;
      const alias = node.alias ?? node.name ?? '';
      named.set(alias, [...(named.get(alias) ?? []), ...this.find(node)]);
    });
    walk(tree, (node) => {
      if (node.kind !== 'column' || node.table === undefined || node.name === undefined) return;
      for (const table of named.get(node.table) ?? []) this.add(table, node.name, typeByName(node.name));
    });
  }

  /** `column`: of the first table of its query when none there has it. */
  addUnqualified(tree: object, outer: readonly TableJson[] = []): void {
    const own = (tree as Node).kind === 'select' ? this.tablesOf(tree) : [];
    const tables = own.length > 0 ? own : outer;
    walk(tree, (node) => {
      if (node.kind === 'select' && node !== tree) {
        this.addUnqualified(node, tables);
        return false;
      }
      if (node.kind !== 'column' || node.table !== undefined || node.name === undefined) return true;
      const { name } = node;
      if (tables.some((t) => hasColumn(t, name))) return true;
      const open = tables.find((t) => !this.closed.has(t));
      this.add(open, name, typeByName(name));
      return true;
    });
  }

  close(): void {
    for (const { tables } of Object.values(this.vschema.keyspaces ?? {})) {
      for (const table of Object.values(tables ?? {})) {
        if ((table.columns ?? []).length > 0) table.column_list_authoritative = true;
        for (const column of table.columns ?? []) column.type ??= 'VARCHAR';
      }
    }
  }

  private tablesOf(select: object): TableJson[] {
    const tables: TableJson[] = [];
    walk((select as { from?: object }).from ?? [], (node) => {
      if (node.kind === 'derived') return false;
      if (node.kind === 'table') tables.push(...this.find(node));
      return true;
    });
    return tables;
  }

  private ruleOf({ keyspace, name = '' }: Node): { to_tables?: string[] } | undefined {
    const wanted = keyspace === undefined ? name : `${keyspace}.${name}`;
    return this.vschema.routing_rules?.rules?.find(({ from_table: from }) => from.split('@')[0] === wanted);
  }

  private isRouted(node: Node): boolean {
    return this.ruleOf(node) !== undefined;
  }

  private find(node: Node): TableJson[] {
    const { keyspace, name = '' } = node;
    const [target] = this.ruleOf(node)?.to_tables ?? [];
    const [ks, table] = target === undefined ? [keyspace, name] : target.split('.');
    return Object.entries(this.vschema.keyspaces ?? {}).flatMap(([known, { tables }]) => {
      const found = ks === undefined || ks === known ? tables?.[table] : undefined;
      return found === undefined ? [] : [found];
    });
  }

  private add(table: TableJson | undefined, name: string, type: string): void {
    if (table === undefined || this.closed.has(table) || hasColumn(table, name)) return;
    (table.columns ??= []).push({ name, type });
  }
}

/** Names that stand for numbers in most of the statements. */
const numeric = /(^|_)(id|col|key|no|num|count|amount|qty|price|time|val|int|[a-dmnx-z])\d*$|id$/i;
const typeByName = (name: string): string => (numeric.test(name) ? 'INT64' : 'VARCHAR');

function hasColumn(table: TableJson, name: string): boolean {
  return (table.columns ?? []).some((c) => c.name.toLowerCase() === name.toLowerCase());
}

function typeOf(name: string): string {
  if (/int$|^integer$/.test(name)) return 'INT64';
  if (/^(decimal|numeric)$/.test(name)) return 'DECIMAL';
  if (/^(date|datetime|timestamp|time|json)$/.test(name)) return name.toUpperCase();
  return 'VARCHAR';
}

function walk(part: object, visit: (node: Node) => boolean | void): void {
  if (visit(part as Node) === false) return;
  for (const value of Object.values(part) as unknown[]) {
    if (typeof value === 'object' && value !== null) walk(value, visit);
  }
}
