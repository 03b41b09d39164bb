import type { Keyspace as VSchemaRecord } from '@vitess-ts/proto/vschema';
import { buildSrvVSchema } from '@vitess-ts/topo';
import { VSchema, type KeyspaceVSchema } from '@vitess-ts/vindexes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { changeDefinitions, tableDefinition, type Definitions } from './changed-tables';
import { shortCallMs, type VtctldContext } from './context';
import { tableWarnings } from './table-warnings';

/** What the tables of a keyspace do that a vschema, perhaps one that is not stored yet, cannot keep. */
export async function vschemaWarnings(
  vtctld: VtctldContext,
  keyspace: string,
  record: VSchemaRecord,
  signal: AbortSignal,
): Promise<string[]> {
  const vschema = await builtKeyspace(vtctld, keyspace, record, signal);
  if (!vschema?.sharded) return [];
  const names = [...vschema.tables.keys()];
  const { definitions, problem } = await readDefinitions(vtctld, keyspace, names, signal);
  return [...problem, ...warningsOf(vschema, definitions, [...definitions.keys()])];
}

/** The same of the tables that DDL statements create or alter, as they will be. */
export async function ddlWarnings(
  vtctld: VtctldContext,
  keyspace: string,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const vschema = await builtKeyspace(vtctld, keyspace, undefined, signal);
  if (!vschema?.sharded) return [];
  const { definitions, problem } = await readDefinitions(
    vtctld,
    keyspace,
    [...vschema.tables.keys()],
    signal,
  );
  return [...problem, ...warningsOf(vschema, definitions, changeDefinitions(definitions, statements))];
}

/** FAILED_PRECONDITION with all warnings, for those who asked to be strict. */
export function refuseWarnings(what: string, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  throw new VtError(
    Code.FAILED_PRECONDITION,
    `${what} has warnings, which strict refuses:\n${warnings.join('\n')}`,
  );
}

/** Undefined while it has no vschema that can be used. */
async function builtKeyspace(
  { topo }: VtctldContext,
  keyspace: string,
  record: VSchemaRecord | undefined,
  signal: AbortSignal,
): Promise<KeyspaceVSchema | undefined> {
  const source = await buildSrvVSchema(topo, signal);
  const keyspaces = record === undefined ? source.keyspaces : { ...source.keyspaces, [keyspace]: record };
  const built = VSchema.build({ ...source, keyspaces }).keyspaces.get(keyspace);
  return built?.error === undefined ? built : undefined;
}

function warningsOf(vschema: KeyspaceVSchema, definitions: Definitions, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const table = vschema.tables.get(name);
    if (table === undefined || !definitions.has(name)) return [];
    const definition = definitions.get(name);
    if (definition === undefined) return [`table ${name} was not checked: its definition is not understood`];
    return tableWarnings(table, definition);
  });
}

/** The tables as the primary of the first shard that has one defines them; all shards have the same. */
async function readDefinitions(
  { topo, tm }: VtctldContext,
  keyspace: string,
  tables: string[],
  signal: AbortSignal,
): Promise<{ definitions: Definitions; problem: string[] }> {
  const definitions: Definitions = new Map();
  const shards = await topo.findAllShardsInKeyspace(keyspace, signal);
  const [alias] = [...shards.values()].flatMap(({ primaryAlias }) => primaryAlias ?? []);
  if (alias === undefined || tables.length === 0) return { definitions, problem: [] };
  try {
    const { schemaDefinition } = await tm.getSchema(
      await topo.getTablet(alias, signal),
      { tables, excludeTables: [], includeViews: false, tableSchemaOnly: true },
      { signal, timeoutMs: shortCallMs },
    );
    for (const { name, schema } of schemaDefinition?.tableDefinitions ?? []) {
      definitions.set(name, tableDefinition(schema));
    }
    return { definitions, problem: [] };
  } catch (error) {
    if (!(error instanceof VtError) || signal.aborted) throw error;
    return { definitions, problem: [`tables were not checked: ${error.message}`] };
  }
}
