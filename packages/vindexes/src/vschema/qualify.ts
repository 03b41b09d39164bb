import type { Keyspace, SrvVSchema, Table } from '@vitess-ts/proto/vschema';

/**
 * The vschema with the names of sequences and reference sources in full. A sequence named without its keyspace is one
 * of the same keyspace; else such a name means the only table of that name in the other keyspaces. A name that fits none
 * or several stays as it is, and building the keyspace says so.
 */
export function qualifyNames(source: SrvVSchema): SrvVSchema {
  const places = new Map<string, string[]>();
  for (const [name, keyspace] of Object.entries(source.keyspaces)) {
    for (const table of Object.keys(keyspace.tables)) {
      places.set(table, [...(places.get(table) ?? []), name]);
    }
  }
  const inFull = (name: string, own: string): string => {
    if (name === '' || name.includes('.')) return name;
    const found = (places.get(name) ?? []).filter((place) => place !== own);
    return found.length === 1 ? `${found[0]}.${name}` : name;
  };
  const keyspaces: Record<string, Keyspace> = {};
  for (const [name, keyspace] of Object.entries(source.keyspaces)) {
    keyspaces[name] = { ...keyspace, tables: mapTables(keyspace, (n) => inFull(n, name)) };
  }
  return { ...source, keyspaces };
}

function mapTables(keyspace: Keyspace, inFull: (name: string) => string): Record<string, Table> {
  const tables: Record<string, Table> = {};
  for (const [name, table] of Object.entries(keyspace.tables)) {
    const named = table.autoIncrement?.sequence ?? '';
    const sequence = keyspace.tables[named] === undefined ? inFull(named) : named;
    tables[name] = {
      ...table,
      source: inFull(table.source),
      autoIncrement: table.autoIncrement && { ...table.autoIncrement, sequence },
    };
  }
  return tables;
}
