import { Keyspace, KeyspaceType } from '@vitess-ts/proto/topodata';
import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import type { CreateKeyspaceRequest, Keyspace as NamedKeyspace } from '@vitess-ts/proto/vtctldata';
import { isNodeExists, isNoNode, rebuildVSchemaGraph, type TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireName, type VtctldContext, type VtctldHandlers } from '../context';
import { durabilityPolicy } from '../durability';
import { deleteShard } from '../delete-shard';

export function keyspaceHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo } = vtctld;
  return {
    async getKeyspaces(_, { signal }) {
      const names = await topo.getKeyspaces(signal);
      return { keyspaces: await Promise.all(names.map((name) => namedKeyspace(topo, name, signal))) };
    },

    async getKeyspace({ keyspace }, { signal }) {
      return { keyspace: await namedKeyspace(topo, requireName('keyspace', keyspace), signal) };
    },

    async createKeyspace(request, { signal }) {
      return { keyspace: await createKeyspace(vtctld, request, signal) };
    },

    async deleteKeyspace({ keyspace, recursive, force }, { signal }) {
      await topo.getKeyspace(keyspace, signal);
      await deleteKeyspace(vtctld, keyspace, { recursive, force, signal });
      return {};
    },

    async findAllShardsInKeyspace({ keyspace }, { signal }) {
      const shards = await topo.findAllShardsInKeyspace(requireName('keyspace', keyspace), signal);
      return {
        shards: Object.fromEntries([...shards].map(([name, shard]) => [name, { keyspace, name, shard }])),
      };
    },

    async setKeyspaceDurabilityPolicy({ keyspace, durabilityPolicy: name }, { signal }) {
      durabilityPolicy(name);
      const updated = await topo.withKeyspaceLock(
        keyspace,
        'SetKeyspaceDurabilityPolicy',
        async (lock) => {
          await lock.check(signal);
          return topo.updateKeyspaceFields(
            keyspace,
            (record) => void (record.durabilityPolicy = name),
            signal,
          );
        },
        { signal },
      );
      return { keyspace: updated };
    },
  };
}

async function namedKeyspace(topo: TopoServer, name: string, signal: AbortSignal): Promise<NamedKeyspace> {
  return { name, keyspace: await topo.getKeyspace(name, signal) };
}

async function createKeyspace(
  { topo, log }: VtctldContext,
  request: CreateKeyspaceRequest,
  signal: AbortSignal,
): Promise<NamedKeyspace> {
  const { name, type, baseKeyspace, snapshotTime } = request;
  durabilityPolicy(request.durabilityPolicy);
  if (type === KeyspaceType.SNAPSHOT) {
    requireName('the base keyspace of a SNAPSHOT keyspace', baseKeyspace);
    if (!snapshotTime) throw new VtError(Code.INVALID_ARGUMENT, 'a SNAPSHOT keyspace needs a snapshot time');
    await topo.getKeyspace(baseKeyspace, signal);
  }
  const record = Keyspace.create({
    keyspaceType: type,
    baseKeyspace,
    snapshotTime,
    durabilityPolicy: request.durabilityPolicy === '' ? 'none' : request.durabilityPolicy,
    sidecarDbName: request.sidecarDbName === '' ? '_vt' : request.sidecarDbName,
  });
  try {
    await topo.createKeyspace(name, record, signal);
  } catch (error) {
    if (!request.force || !isNodeExists(error)) throw error;
    log.info('the keyspace is there already, which force allows', { keyspace: name });
  }
  if (type === KeyspaceType.SNAPSHOT) await copyVSchema(topo, baseKeyspace, name, signal);
  else if (!request.allowEmptyVSchema) await topo.ensureVSchema(name, signal);
  await rebuildVSchemaGraph(topo, { signal });
  return namedKeyspace(topo, name, signal);
}

/** A snapshot is read by its explicit name only, else its tables would make those of its base ambiguous. */
async function copyVSchema(topo: TopoServer, from: string, to: string, signal: AbortSignal): Promise<void> {
  const vschema = await topo.getVSchema(from, signal).catch((error: unknown) => {
    if (isNoNode(error)) return VSchema.create();
    throw error;
  });
  await topo.saveVSchema(to, { ...vschema, requireExplicitRouting: true }, signal);
}

/** `force` goes on without the keyspace's lock, and without cells that cannot be reached. */
async function deleteKeyspace(
  vtctld: VtctldContext,
  keyspace: string,
  options: { recursive: boolean; force: boolean; signal: AbortSignal },
): Promise<void> {
  const { topo, log } = vtctld;
  const { recursive, force, signal } = options;
  const shards = await topo.getShardNames(keyspace, signal);
  if (shards.length > 0 && !recursive) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `keyspace ${keyspace} still has ${shards.length} shards; use Recursive=true or remove them manually`,
    );
  }
  for (const shard of shards) {
    await deleteShard(vtctld, keyspace, shard, { recursive: true, evenIfServing: true, force, signal });
  }
  const removeRecords = async (): Promise<void> => {
    for (const cell of await topo.getCellInfoNames(signal)) {
      try {
        await topo.deleteSrvKeyspace(cell, keyspace, signal);
      } catch (error) {
        if (!force) throw error;
        log.warn('the serving record of a deleted keyspace stays behind', { keyspace, cell, error });
      }
    }
    await topo.deleteVSchema(keyspace, signal);
    await topo.deleteKeyspace(keyspace, signal);
  };
  if (force) await removeRecords();
  else {
    await topo.withKeyspaceLock(
      keyspace,
      'DeleteKeyspace',
      async (lock) => {
        await lock.check(signal);
        await removeRecords();
      },
      { signal },
    );
  }
  await rebuildVSchemaGraph(topo, { signal });
}
