import { tabletAliasString } from '@vitess-ts/proto';
import type { TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import type { Tablet } from '@vitess-ts/proto/topodata';
import type { CopySchemaShardRequest } from '@vitess-ts/proto/vtctldata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { durationMs, EventLog, requireAlias, shortCallMs, type VtctldContext } from './context';
import { reloadShard } from './reload-schema';
import { schemaDifferences } from './schema-differences';
import { databaseName } from './shard-primaries';

/**
 * Makes the tables of one tablet on the primary of another shard, which must have none of another form. Tables that are
 * there alike stay.
 */
export async function copySchemaShard(
  vtctld: VtctldContext,
  request: CopySchemaShardRequest,
  signal: AbortSignal,
): Promise<void> {
  const { topo, tm, log } = vtctld;
  const { destinationKeyspace: keyspace, destinationShard: shard } = request;
  const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
  if (!primaryAlias) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `shard ${keyspace}/${shard} has no primary: give it one with PlannedReparentShard or InitShardPrimary`,
    );
  }
  const source = await topo.getTablet(requireAlias(request.sourceTabletAlias), signal);
  const primary = await topo.getTablet(primaryAlias, signal);
  const settings = { signal, timeoutMs: shortCallMs };
  const read = async (tablet: Tablet): Promise<TableDefinition[]> => {
    const { tables, excludeTables, includeViews } = request;
    const asked = { tables, excludeTables, includeViews, tableSchemaOnly: true };
    return (await tm.getSchema(tablet, asked, settings)).schemaDefinition?.tableDefinitions ?? [];
  };
  const wanted = await read(source);
  const there = new Map((await read(primary)).map((table) => [table.name, table]));
  const names = [tabletAliasString(source.alias), tabletAliasString(primaryAlias)] as const;
  const both = wanted.filter(({ name }) => there.has(name));
  const conflicts = schemaDifferences(
    names[0],
    both,
    names[1],
    both.flatMap(({ name }) => there.get(name) ?? []),
  );
  if (conflicts.length > 0) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `nothing was copied, for ${keyspace}/${shard} has other tables of the same name: ${conflicts.join('; ')}`,
    );
  }
  // Views stand on tables.
  const missing = wanted.filter(({ name }) => !there.has(name));
  missing.sort((a, b) => Number(a.type === 'VIEW') - Number(b.type === 'VIEW'));
  for (const { schema } of missing) {
    const query = {
      query: Buffer.from(schema.replaceAll('{{.DatabaseName}}', databaseName(primary))),
      dbName: '',
      maxRows: 0n,
      disableBinlogs: false,
      reloadSchema: false,
      disableForeignKeyChecks: true,
    };
    await tm.executeFetchAsDba(primary, query, settings);
  }
  if (!request.skipVerify) {
    const left = schemaDifferences(names[0], wanted, names[1], await read(primary)).filter(
      (line) => !line.startsWith(`${names[1]} has an extra`),
    );
    if (left.length > 0) {
      throw new VtError(Code.INTERNAL, `schemas still differ after the copy: ${left.join('; ')}`);
    }
  }
  const timeoutMs = durationMs(request.waitReplicasTimeout, 10_000);
  const { position } = await tm.primaryPosition(primary, {}, settings);
  const options = { waitPosition: position, includePrimary: true, concurrency: 10, timeoutMs, signal };
  await reloadShard(vtctld, keyspace, shard, new EventLog(log), options);
}
