import type { SchemaDefinition, TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import type {
  ApplySchemaRequest,
  ApplySchemaResponse,
  GetSchemaRequest,
  ValidateSchemaKeyspaceRequest,
  ValidateSchemaKeyspaceResponse,
} from '@vitess-ts/proto/vtctldata';
import type { CallContext } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { applySchema, ddlStatements } from '../apply-schema';
import {
  durationMs,
  EventLog,
  longCallMs,
  requireAlias,
  requireName,
  shortCallMs,
  type VtctldContext,
  type VtctldHandlers,
} from '../context';
import { copySchemaShard } from '../copy-schema';
import { currentVSchema } from '../current-vschema';
import { reloadShard } from '../reload-schema';
import { ddlWarnings, refuseWarnings } from '../schema-warnings';
import { schemaDifferences } from '../schema-differences';
import { shardPrimaries } from '../shard-primaries';
import { schemaProblems } from '../validate-tablets';

export function schemaHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo, tm, log } = vtctld;
  return {
    applySchema: (request, context) => directSchemaChange(vtctld, request, context),

    async getSchema(request, { signal }) {
      return { schema: await getSchema(vtctld, request, signal) };
    },

    async reloadSchema({ tabletAlias }, { signal }) {
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      await tm.reloadSchema(tablet, { waitPosition: '' }, { signal, timeoutMs: shortCallMs });
      return {};
    },

    async reloadSchemaShard({ keyspace, shard, ...options }, { signal }) {
      const events = new EventLog(log);
      await reloadShard(vtctld, keyspace, shard, events, { ...options, signal });
      return { events: events.events };
    },

    async reloadSchemaKeyspace({ keyspace, ...options }, { signal }) {
      const events = new EventLog(log);
      for (const shard of await topo.getShardNames(requireName('keyspace', keyspace), signal)) {
        await reloadShard(vtctld, keyspace, shard, events, { ...options, signal });
      }
      return { events: events.events };
    },

    async copySchemaShard(request, { signal }) {
      await copySchemaShard(vtctld, request, signal);
      return {};
    },

    validateSchemaKeyspace: (request, { signal }) => validateSchemaKeyspace(vtctld, request, signal),
  };
}

async function directSchemaChange(
  vtctld: VtctldContext,
  request: ApplySchemaRequest,
  context: CallContext,
): Promise<ApplySchemaResponse> {
  const { keyspace, sql, ddlStrategy, uuidList, waitReplicasTimeout } = request;
  const { topo, tm, log } = vtctld;
  const { signal } = context;
  await topo.getKeyspace(requireName('keyspace', keyspace), signal);
  if (!/^\s*(direct\b.*)?$/.test(ddlStrategy)) {
    throw new VtError(Code.UNIMPLEMENTED, `DDL strategy "${ddlStrategy}" is not supported yet: use "direct"`);
  }
  if (uuidList.length > 0) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      'a uuid list goes with an online DDL strategy, not with "direct"',
    );
  }
  const statements = ddlStatements(keyspace, sql);
  const warnings = await ddlWarnings(vtctld, keyspace, statements, signal);
  if (request.strict) refuseWarnings(`schema change of keyspace ${keyspace}`, warnings);
  for (const warning of warnings) log.warn('schema', { keyspace, warning });
  const change = await topo.withKeyspaceLock(
    keyspace,
    'ApplySchemaKeyspace',
    (lock) => applySchema(vtctld, keyspace, statements, lock, { signal, timeoutMs: longCallMs(context) }),
    { signal },
  );
  // The change stands; a replica that has not seen it yet reads its schema again by itself, later.
  const events = new EventLog(log);
  const timeoutMs = durationMs(waitReplicasTimeout, 10_000);
  await Promise.all(
    change.primaries.map(async ({ shard, primary }) => {
      const { position } = await tm
        .primaryPosition(primary, {}, { signal, timeoutMs })
        .catch((error: Error) => {
          events.warn(`replicas of shard ${shard} reload without waiting: ${error.message}`);
          return { position: '' };
        });
      const options = { waitPosition: position, includePrimary: true, concurrency: 10, timeoutMs, signal };
      await reloadShard(vtctld, keyspace, shard, events, options);
    }),
  );
  return { uuidList: [], rowsAffectedByShard: change.rowsAffectedByShard, warnings };
}

async function getSchema(
  { topo, tm }: VtctldContext,
  request: GetSchemaRequest,
  signal: AbortSignal,
): Promise<SchemaDefinition | undefined> {
  const { tables, excludeTables, includeViews, tableSchemaOnly, tableNamesOnly, tableSizesOnly } = request;
  const tablet = await topo.getTablet(requireAlias(request.tabletAlias), signal);
  const { schemaDefinition } = await tm.getSchema(
    tablet,
    { tables, excludeTables, includeViews, tableSchemaOnly },
    { signal, timeoutMs: shortCallMs },
  );
  if (!schemaDefinition || (!tableNamesOnly && !tableSizesOnly)) return schemaDefinition;
  const reduce = (table: TableDefinition): TableDefinition => ({
    ...table,
    schema: '',
    columns: [],
    primaryKeyColumns: [],
    fields: [],
    ...(tableNamesOnly ? { type: '', dataLength: 0n, rowCount: 0n } : {}),
  });
  return { databaseSchema: '', tableDefinitions: schemaDefinition.tableDefinitions.map(reduce) };
}

/** Compares the primaries of all shards with that of the first one, and each shard's other tablets with its primary. */
async function validateSchemaKeyspace(
  vtctld: VtctldContext,
  request: ValidateSchemaKeyspaceRequest,
  signal: AbortSignal,
): Promise<ValidateSchemaKeyspaceResponse> {
  const { keyspace, excludeTables, includeViews, shards, skipNoPrimary } = request;
  const primaries = (await shardPrimaries(vtctld, keyspace, signal, skipNoPrimary)).filter(
    ({ shard }) => shards.length === 0 || shards.includes(shard),
  );
  const schemas = await Promise.all(
    primaries.map(async ({ shard, primary }) => {
      const selection = { tables: [], excludeTables, includeViews, tableSchemaOnly: true };
      const { schemaDefinition } = await vtctld.tm.getSchema(primary, selection, {
        signal,
        timeoutMs: shortCallMs,
      });
      return { shard, tables: schemaDefinition?.tableDefinitions ?? [] };
    }),
  );
  const vschema = request.includeVschema ? await currentVSchema(vtctld.topo, keyspace, signal) : undefined;
  const response: ValidateSchemaKeyspaceResponse = { results: [], resultsByShard: {} };
  for (const { shard, tables } of schemas) {
    const unknown = vschema ? tables.filter(({ name }) => !Object.hasOwn(vschema.tables, name)) : [];
    const results = [
      ...schemaDifferences(schemas[0].shard, schemas[0].tables, shard, tables),
      ...(await schemaProblems(vtctld, keyspace, shard, { excludeTables, includeViews }, signal)),
      ...unknown.map(
        ({ name }) => `table ${name} of shard ${shard} is not in the vschema: add it with ApplyVSchema`,
      ),
    ];
    response.resultsByShard[shard] = { results };
    response.results.push(...results);
  }
  return response;
}
