import { Code, VtError } from '@vitess-ts/vterrors';
import type { KeyspaceVSchema, QualifiedTable, Table } from './model';

/** What is wrong with the sequences and sources that a keyspace's tables name, which may lie in any keyspace. */
export function crossKeyspaceProblem(
  keyspace: KeyspaceVSchema,
  keyspaces: ReadonlyMap<string, KeyspaceVSchema>,
): VtError | undefined {
  for (const table of keyspace.tables.values()) {
    const problem = sequenceProblem(table, keyspaces) ?? sourceProblem(table, keyspaces);
    if (problem) return new VtError(Code.INVALID_ARGUMENT, problem);
  }
  return undefined;
}

function sequenceProblem(table: Table, keyspaces: ReadonlyMap<string, KeyspaceVSchema>): string | undefined {
  if (!table.autoIncrement) return undefined;
  const { sequence } = table.autoIncrement;
  const text = `cannot resolve sequence ${sequence.keyspace}.${sequence.name} of table ${table.name}`;
  const home = keyspaces.get(sequence.keyspace);
  if (!home) return `${text}: keyspace ${sequence.keyspace} is not in the vschema`;
  // A keyspace that is itself wrong says so when the sequence is used.
  if (home.error) return undefined;
  const found = home.tables.get(sequence.name);
  if (!found && home.sharded) return `${text}: there is no such table`;
  if (found && found.type !== 'sequence') return `${text}: its type in the vschema is not "sequence"`;
  return undefined;
}

function sourceProblem(table: Table, keyspaces: ReadonlyMap<string, KeyspaceVSchema>): string | undefined {
  const { source } = table;
  if (!source) return undefined;
  const text = `source "${source.keyspace}.${source.name}" of reference table ${table.name}`;
  const home = keyspaces.get(source.keyspace);
  if (!home) return `${text} is in a keyspace that is not in the vschema`;
  if (home.error) return undefined;
  const found = home.tables.get(source.name);
  if (!found) return home.sharded ? `${text} does not exist` : undefined;
  if (found.source) return `${text} is itself a copy: name the table ${nameOf(found.source)} as the source`;
  if (found.type === 'sequence') return `${text} is a sequence`;
  return undefined;
}

const nameOf = (table: QualifiedTable): string => `${table.keyspace}.${table.name}`;
