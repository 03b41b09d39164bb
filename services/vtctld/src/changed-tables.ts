import {
  parse,
  parseAlterTable,
  parseCreateTable,
  type AlterAction,
  type KeyDefinition,
  type TableDefinition,
} from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';

/** Definitions of tables by name; undefined for one that cannot be read. */
export type Definitions = Map<string, TableDefinition | undefined>;

/** A CREATE TABLE statement, or undefined when its syntax is not understood. */
export function tableDefinition(sql: string): TableDefinition | undefined {
  return understood(() => parseCreateTable(sql, { flavor: 'mariadb' }));
}

/**
 * Does to the definitions what DDL statements do, as far as columns and keys are concerned, and gives the names of the
 * tables that are created or altered and still there. The statements are good DDL.
 */
export function changeDefinitions(definitions: Definitions, statements: readonly string[]): string[] {
  const changed = new Set<string>();
  for (const sql of statements) {
    const statement = parse(sql);
    if (statement.kind !== 'ddl' || (statement.object !== 'table' && statement.object !== 'index')) continue;
    const [name] = statement.names.map((n) => n.name);
    if (statement.action === 'create' && statement.object === 'table') {
      if (definitions.has(name) && statement.ifNotExists) continue;
      definitions.set(name, statement.like ? definitions.get(statement.like.name) : tableDefinition(sql));
      changed.add(name);
    } else if (statement.action === 'drop' && statement.object === 'table') {
      for (const { name: dropped } of statement.names) {
        definitions.delete(dropped);
        changed.delete(dropped);
      }
    } else if (name !== undefined && statement.action !== 'truncate') {
      const before = definitions.get(name);
      const actions = before && actionsOf(sql, statement.object);
      definitions.set(name, before && actions && altered(before, actions));
      changed.add(name);
      renamed(definitions, changed, statement.names, statement.renames);
    }
  }
  return [...changed];
}

function renamed(
  definitions: Definitions,
  changed: Set<string>,
  from: readonly { name: string }[],
  to: readonly { name: string }[],
): void {
  to.forEach(({ name }, i) => {
    const definition = definitions.get(from[i].name);
    definitions.delete(from[i].name);
    changed.delete(from[i].name);
    definitions.set(name, definition);
    changed.add(name);
  });
}

function actionsOf(sql: string, object: 'table' | 'index'): AlterAction[] | undefined {
  if (object === 'table') {
    return /^\s*rename\b/i.test(sql) ? [] : understood(() => parseAlterTable(sql, { flavor: 'mariadb' }));
  }
  const unique = /^\s*create\s+(?:or\s+replace\s+)?unique\s+index\s+(.*?)\s+on\s+(\S+)\s*(\(.*\))/is.exec(
    sql,
  );
  if (unique === null) return [];
  const [, index, table, columns] = unique;
  const name = index.replace(/^if\s+not\s+exists\s+/i, '').replace(/\s+using\s+\w+$/i, '');
  return understood(() =>
    parseAlterTable(`alter table ${table} add unique index ${name} ${columns}`, { flavor: 'mariadb' }),
  );
}

function altered(table: TableDefinition, actions: readonly AlterAction[]): TableDefinition {
  let { columns, keys } = table;
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  for (const action of actions) {
    switch (action.action) {
      case 'add column':
        columns = [...columns, action.column];
        break;
      case 'modify column':
      case 'change column': {
        const from = action.action === 'change column' ? action.from : action.column.name;
        columns = columns.map((c) => (same(c.name, from) ? action.column : c));
        keys = withColumn(keys, from, action.column.name);
        break;
      }
      case 'drop column':
        columns = columns.filter((c) => !same(c.name, action.name));
        break;
      case 'rename column':
        columns = columns.map((c) => (same(c.name, action.from) ? { ...c, name: action.to } : c));
        keys = withColumn(keys, action.from, action.to);
        break;
      case 'add key':
        keys = [...keys, action.key];
        break;
      case 'drop key':
        keys = keys.filter((k) =>
          action.type === 'primary' ? k.type !== 'primary' : !same(k.name ?? '', action.name ?? ''),
        );
        break;
      case 'drop constraint':
        keys = keys.filter((k) => !same(k.name ?? '', action.name));
        break;
      case 'rename key':
        keys = keys.map((k) => (same(k.name ?? '', action.from) ? { ...k, name: action.to } : k));
        break;
      default:
      // no column or key changes
    }
  }
  return { ...table, columns, keys };
}

function withColumn(keys: readonly KeyDefinition[], from: string, to: string): KeyDefinition[] {
  return keys.map((key) => ({
    ...key,
    columns: key.columns.map((c) => (c.name?.toLowerCase() === from.toLowerCase() ? { ...c, name: to } : c)),
  }));
}

function understood<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof VtError && error.code === Code.UNIMPLEMENTED) return undefined;
    throw error;
  }
}
