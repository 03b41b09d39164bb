import type { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import type { ApplyVSchemaRequest, ApplyVSchemaResponse } from '@vitess-ts/proto/vtctldata';
import { buildSrvVSchema, isNoNode, rebuildVSchemaGraph } from '@vitess-ts/topo';
import { alterVSchema, createVindex, validateKeyspace } from '@vitess-ts/vindexes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireName, type VtctldContext, type VtctldHandlers } from '../context';
import { currentVSchema } from '../current-vschema';
import { refuseWarnings, vschemaWarnings } from '../schema-warnings';

interface RebuildRequest {
  skipRebuild: boolean;
  rebuildCells: string[];
}

export function vschemaHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo } = vtctld;
  const rebuild = async (
    { skipRebuild, rebuildCells }: RebuildRequest,
    signal: AbortSignal,
  ): Promise<void> => {
    if (!skipRebuild) await rebuildVSchemaGraph(topo, { cells: rebuildCells, signal });
  };
  return {
    async getVSchema({ keyspace }, { signal }) {
      return { vSchema: await topo.getVSchema(requireName('keyspace', keyspace), signal) };
    },

    applyVSchema: (request, { signal }) => applyVSchema(vtctld, request, signal),

    async getRoutingRules(_, { signal }) {
      return { routingRules: await topo.getRoutingRules(signal) };
    },

    async applyRoutingRules(request, { signal }) {
      await topo.saveRoutingRules(request.routingRules ?? { rules: [] }, signal);
      await rebuild(request, signal);
      return {};
    },

    async getShardRoutingRules(_, { signal }) {
      return { shardRoutingRules: await topo.getShardRoutingRules(signal) };
    },

    async applyShardRoutingRules(request, { signal }) {
      await topo.saveShardRoutingRules(request.shardRoutingRules ?? { rules: [] }, signal);
      await rebuild(request, signal);
      return {};
    },

    async getKeyspaceRoutingRules(_, { signal }) {
      return { keyspaceRoutingRules: await topo.getKeyspaceRoutingRules(signal) };
    },

    async applyKeyspaceRoutingRules(request, { signal }) {
      await topo.saveKeyspaceRoutingRules(request.keyspaceRoutingRules ?? { rules: [] }, signal);
      await rebuild(request, signal);
      return { keyspaceRoutingRules: await topo.getKeyspaceRoutingRules(signal) };
    },

    async getMirrorRules(_, { signal }) {
      return { mirrorRules: await topo.getMirrorRules(signal) };
    },
  };
}

async function applyVSchema(
  vtctld: VtctldContext,
  request: ApplyVSchemaRequest,
  signal: AbortSignal,
): Promise<ApplyVSchemaResponse> {
  const { topo, log } = vtctld;
  const { keyspace, sql, strict, dryRun, skipRebuild, cells } = request;
  await topo.getKeyspace(keyspace, signal).catch((error: unknown) => {
    if (!isNoNode(error)) throw error;
    throw new VtError(
      Code.NOT_FOUND,
      `keyspace(${keyspace}) doesn't exist, check if the keyspace is initialized`,
    );
  });
  if ((sql === '') === (request.vSchema === undefined)) {
    throw new VtError(Code.INVALID_ARGUMENT, 'must pass exactly one of req.VSchema and req.Sql');
  }
  const vSchema =
    request.vSchema ?? alterVSchema(keyspace, await currentVSchema(topo, keyspace, signal), sql);
  const { errors, warnings } = validateKeyspace(keyspace, vSchema, await buildSrvVSchema(topo, signal));
  if (errors.length > 0) {
    throw new VtError(Code.INVALID_ARGUMENT, `vschema of ${keyspace} cannot be used: ${errors.join('; ')}`);
  }
  const tableWarnings = await vschemaWarnings(vtctld, keyspace, vSchema, signal);
  for (const warning of [...warnings, ...tableWarnings]) log.warn('vschema', { keyspace, warning });
  const unknownVindexParams = unknownParams(vSchema);
  const unknown = Object.entries(unknownVindexParams).map(
    ([name, { params }]) => `${name}: ${params.join(', ')}`,
  );
  if (strict && unknown.length > 0) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `unknown vindex params, which strict refuses: ${unknown.join('; ')}`,
    );
  }
  if (strict) refuseWarnings(`vschema of ${keyspace}`, tableWarnings);
  if (!dryRun) {
    await topo.saveVSchema(keyspace, vSchema, signal);
    if (!skipRebuild) await rebuildVSchemaGraph(topo, { cells, signal });
  }
  return {
    vSchema: dryRun ? vSchema : await topo.getVSchema(keyspace, signal),
    unknownVindexParams,
    warnings: tableWarnings,
  };
}

/** Of each vindex the parameters that its type does not have. The vschema is known to be good. */
function unknownParams({ vindexes }: VSchema): ApplyVSchemaResponse['unknownVindexParams'] {
  const unknown = Object.entries(vindexes)
    .map(([name, { type, params }]) => ({
      name,
      params: [...createVindex(type, name, params).unknownParams],
    }))
    .filter(({ params }) => params.length > 0);
  return Object.fromEntries(unknown.map(({ name, params }) => [name, { params }]));
}
