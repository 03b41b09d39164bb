import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { normalize, parse, parseCreateTable, splitStatements } from '@vitess-ts/sqlparser';

/** What is read of a vschema as JSON. */
export interface VSchemaJson {
  routing_rules?: { rules?: { from_table: string; to_tables?: string[] }[] };
  keyspaces?: Record<string, KeyspaceJson>;
}
export interface KeyspaceJson {
  vindexes?: Record<string, { type: string }>;
  tables?: Record<string, TableJson>;
}
export interface TableJson {
  columns?: { name: string; type?: string }[];
  column_list_authoritative?: boolean;
  column_vindexes?: { column?: string; columns?: string[] }[];
  auto_increment?: { column: string };
}

interface Node {
  kind?: string;
  name?: string;
  table?: string;
  keyspace?: string;
  alias?: string;
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
  for (const tree of trees) tables.addQualified(tree);
  for (const tree of trees) tables.addUnqualified(tree);
  tables.close();
}

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
      for (const column of definition.columns) this.add(table, column.name, typeOf(column.typeName));
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
      for (const table of named.get(node.table) ?? []) this.add(table, node.name, 'VARCHAR');
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
      this.add(open, name, 'VARCHAR');
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

  private find({ keyspace, name = '' }: Node): TableJson[] {
    const rule = this.vschema.routing_rules?.rules?.find(
      ({ from_table: from }) => from === name || from === `${keyspace}.${name}`,
    );
    const [target] = rule?.to_tables ?? [];
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
