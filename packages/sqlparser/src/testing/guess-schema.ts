import type { Column, Select, Statement, TableName, TableRef } from '../ast';
import { quoteName } from '../printer/quote';
import { visit, type AnyNode } from '../visitor/visit';

export interface GuessedTable {
  keyspace?: string;
  name: string;
  columns: Set<string>;
  /** Columns of MATCH, which needs a full-text index. */
  fulltext: string[][];
  /** Names of indexes that hints want. */
  indexes: Set<string>;
}

interface Scope {
  tables: GuessedTable[];
  /** What column references may also mean: aliases of this select list, columns of derived tables. */
  names: Set<string>;
  /** By alias or name; undefined for a derived table. */
  aliases: Map<string, GuessedTable | undefined>;
}

/** Tables that a statement needs to be explained, with the columns that it uses: as good a guess as names allow. */
export class GuessedSchema {
  readonly tables: GuessedTable[] = [];
  private readonly byName = new Map<string, GuessedTable>();
  private readonly commonTables = new Set<string>();
  private readonly scopes: Scope[] = [];

  constructor(private readonly statement: Statement) {
    visit(statement, { enter: (node) => this.enter(node), leave: (node) => this.leave(node) });
  }

  /** `create temporary table` statements. */
  definitions(columnType: string): string[] {
    return this.tables.map((table) => {
      const columns = [...table.columns].map((name) => `${quoteName(name)} ${columnType}`);
      if (columns.length === 0) columns.push(`vt_none ${columnType}`);
      const indexes = table.fulltext.map((names) => `fulltext (${names.map(quoteName).join(', ')})`);
      const [first] = columns[0].split(' ');
      for (const name of table.indexes) indexes.push(`index ${quoteName(name)} (${first})`);
      // a full-text index rules out InnoDB here; other engines know that a table is empty, and plan for that
      const engine = table.fulltext.length > 0 ? 'aria' : 'innodb';
      return `create temporary table ${sqlName(table)} (${[...columns, ...indexes].join(', ')}) engine=${engine}`;
    });
  }

  /** Makes an unqualified column, or one that MariaDB called unknown, part of another table. False when none is left. */
  addUnknown(reference: string): boolean {
    const parts = reference.split('.');
    const name = parts[parts.length - 1];
    const qualifier = parts.length > 1 ? parts[parts.length - 2].toLowerCase() : undefined;
    const candidates = this.tables.filter(
      (table) => qualifier === undefined || table.name.toLowerCase() === qualifier,
    );
    const table = candidates.find(({ columns }) => !has(columns, name));
    table?.columns.add(name);
    return table !== undefined;
  }

  /** An INSERT without columns needs as many as its rows have. */
  widen(count: number): boolean {
    const [table] = this.tables;
    if (table === undefined || table.columns.size >= count) return false;
    while (table.columns.size < count) table.columns.add(`vt_c${table.columns.size}`);
    return true;
  }

  /** An index on every table: the message may name an alias. */
  addIndex(name: string): boolean {
    const lacking = this.tables.filter(({ indexes }) => !indexes.has(name));
    for (const { indexes } of lacking) indexes.add(name);
    return lacking.length > 0;
  }

  removeAmbiguous(reference: string): boolean {
    const name = reference.split('.').pop() ?? '';
    const owners = this.tables.filter(({ columns }) => has(columns, name));
    if (owners.length < 2) return false;
    for (const column of owners[owners.length - 1].columns) {
      if (column.toLowerCase() === name.toLowerCase()) owners[owners.length - 1].columns.delete(column);
    }
    return true;
  }

  private enter(node: AnyNode): void {
    if ('with' in node)
      for (const cte of node.with?.ctes ?? []) this.commonTables.add(cte.name.toLowerCase());
    switch (node.kind) {
      case 'select':
        return this.enterSelect(node);
      case 'insert': {
        this.push();
        const table = this.tableOf(node.table);
        for (const column of node.columns) addColumn(table, column);
        if (node.source.kind === 'rows' && node.columns.length === 0) this.widen(node.source.rows[0].length);
        this.alias(node.table.name, table);
        if (node.rowAlias) this.alias(node.rowAlias.table, table);
        return;
      }
      case 'update':
      case 'delete':
        this.push();
        return;
      case 'table':
        return this.enterTable(node);
      case 'tableQuery':
        this.tableOf(node.table);
        return;
      case 'derived':
        this.alias(node.alias, undefined);
        return;
      case 'join':
        for (const name of node.using) this.using(name);
        return;
      case 'column':
        return this.column(node);
      case 'match':
        return this.match(node.columns);
      default:
    }
  }

  private leave(node: AnyNode): void {
    switch (node.kind) {
      case 'select': {
        // the names that it has for the query round it
        const scope = this.scopes.pop();
        const outer = this.scopes[this.scopes.length - 1];
        for (const name of scope?.names ?? []) outer?.names.add(name);
        return;
      }
      case 'join':
        // the tables are known only now
        for (const name of node.using) this.using(name);
        return;
      default:
    }
  }

  private push(): Scope {
    const scope: Scope = { tables: [], names: new Set(), aliases: new Map() };
    this.scopes.push(scope);
    return scope;
  }

  private enterSelect(select: Select): void {
    const scope = this.push();
    for (const item of select.items) {
      if (item.kind === 'selectExpr') scope.names.add((item.alias ?? item.text).toLowerCase());
    }
    // a column named as its alias is no alias reference
    for (const item of select.items) {
      if (item.kind === 'selectExpr' && item.expr.kind === 'column' && item.alias === undefined) {
        scope.names.delete(item.text.toLowerCase());
      }
    }
  }

  private enterTable(ref: TableRef): void {
    if (ref.keyspace === undefined && this.commonTables.has(ref.name.toLowerCase())) {
      return this.alias(ref.alias ?? ref.name, undefined);
    }
    const table = this.tableOf(ref);
    this.alias(ref.alias ?? ref.name, table);
    this.scopes[this.scopes.length - 1]?.tables.push(table);
  }

  private alias(name: string, table: GuessedTable | undefined): void {
    this.scopes[this.scopes.length - 1]?.aliases.set(name.toLowerCase(), table);
  }

  private tableOf({ keyspace, name }: TableName): GuessedTable {
    const key = `${keyspace ?? ''}.${name}`.toLowerCase();
    let table = this.byName.get(key);
    if (table === undefined) {
      table = {
        name,
        columns: new Set(),
        fulltext: [],
        indexes: new Set(),
        ...(keyspace !== undefined && { keyspace }),
      };
      this.byName.set(key, table);
      if (!isSystem(keyspace)) this.tables.push(table);
    }
    return table;
  }

  private using(name: string): void {
    for (const table of this.scopes[this.scopes.length - 1]?.tables ?? []) addColumn(table, name);
  }

  private column(column: Column): void {
    if (column.table !== undefined) {
      for (let i = this.scopes.length - 1; i >= 0; i--) {
        const { aliases } = this.scopes[i];
        const alias = column.table.toLowerCase();
        if (!aliases.has(alias)) continue;
        const table = aliases.get(alias);
        if (table) addColumn(table, column.name);
        return;
      }
      return;
    }
    const scope = this.scopes[this.scopes.length - 1];
    const [table] = scope?.tables ?? [];
    if (!table || scope.names.has(column.name.toLowerCase())) return;
    if (!scope.tables.some(({ columns }) => has(columns, column.name))) addColumn(table, column.name);
  }

  private match(columns: readonly Column[]): void {
    for (const column of columns) this.column(column);
    const owner = this.tables.find((table) => columns.every(({ name }) => has(table.columns, name)));
    owner?.fulltext.push(columns.map(({ name }) => name));
  }
}

function has(columns: ReadonlySet<string>, name: string): boolean {
  const lower = name.toLowerCase();
  for (const column of columns) if (column.toLowerCase() === lower) return true;
  return false;
}

function addColumn(table: GuessedTable, name: string): void {
  if (!has(table.columns, name)) table.columns.add(name);
}

function isSystem(keyspace: string | undefined): boolean {
  return /^(information_schema|mysql|performance_schema|sys)$/i.test(keyspace ?? '');
}

export function sqlName({ keyspace, name }: { keyspace?: string; name: string }): string {
  return keyspace === undefined ? quoteName(name) : `${quoteName(keyspace)}.${quoteName(name)}`;
}
