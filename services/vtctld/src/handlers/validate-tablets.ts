import type { ValidateShardResponse } from '@vitess-ts/proto/vtctldata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireName, shortCallMs, type VtctldContext, type VtctldHandlers } from '../context';
import { currentVSchema } from '../current-vschema';
import { shardPrimaries } from '../shard-primaries';
import { permissionProblems, versionProblems } from '../validate-tablets';

/** Checks that tablets are alike: versions, accounts; and that a vschema and the tables agree. */
export function validateTabletsHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo } = vtctld;

  /** Runs a check on each shard of a keyspace, or on those that are named. */
  const perShard = async (
    keyspace: string,
    named: readonly string[],
    signal: AbortSignal,
    check: (shard: string) => Promise<string[]>,
  ) => {
    const all = await topo.getShardNames(requireName('keyspace', keyspace), signal);
    const unknown = named.filter((shard) => !all.includes(shard));
    if (unknown.length > 0) {
      throw new VtError(Code.NOT_FOUND, `keyspace ${keyspace} has no shards ${unknown.join(', ')}`);
    }
    const resultsByShard: Record<string, ValidateShardResponse> = {};
    for (const shard of named.length > 0 ? named : all)
      resultsByShard[shard] = { results: await check(shard) };
    const results = Object.values(resultsByShard).flatMap((shard) => shard.results);
    if (all.length === 0) results.push(`keyspace ${keyspace} has no shards: make one with CreateShard`);
    return { results, resultsByShard };
  };

  return {
    async validateVersionShard({ keyspace, shard }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      return { results: await versionProblems(vtctld, keyspace, shard, signal) };
    },

    async validateVersionKeyspace({ keyspace }, { signal }) {
      return perShard(keyspace, [], signal, (shard) => versionProblems(vtctld, keyspace, shard, signal));
    },

    /** Its response has no room for results, so what it finds is its error, as Vitess does it. */
    async validatePermissionsKeyspace({ keyspace, shards }, { signal }) {
      const { results } = await perShard(keyspace, shards, signal, (shard) =>
        permissionProblems(vtctld, keyspace, shard, signal),
      );
      if (results.length === 0) return {};
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `permissions diffs:\n${results.join('\n')}\ncopy the accounts of the primary to the others, or take the extra ones away`,
      );
    },

    async validateVSchema({ keyspace, shards, excludeTables, includeViews }, { signal }) {
      await topo.getKeyspace(requireName('keyspace', keyspace), signal);
      const vschema = await currentVSchema(topo, keyspace, signal);
      const primaries = new Map(
        (await shardPrimaries(vtctld, keyspace, signal)).map(({ shard, primary }) => [shard, primary]),
      );
      return perShard(keyspace, shards, signal, async (shard) => {
        const primary = primaries.get(shard);
        if (!primary) return [`shard ${keyspace}/${shard} has no primary`];
        const { schemaDefinition } = await vtctld.tm.getSchema(
          primary,
          { tables: [], excludeTables, includeViews, tableSchemaOnly: true },
          { signal, timeoutMs: shortCallMs },
        );
        const missing = (schemaDefinition?.tableDefinitions ?? [])
          .map(({ name }) => name)
          .filter((name) => !Object.hasOwn(vschema.tables, name));
        if (missing.length === 0) return [];
        return [
          `${keyspace}/${shard} has tables that are not in the vschema: [${missing.join(', ')}]; add them with ` +
            `ApplyVSchema, or ALTER VSCHEMA ADD TABLE`,
        ];
      });
    },
  };
}
