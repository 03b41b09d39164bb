import { Keyspace, type SrvVSchema } from '@vitess-ts/proto/vschema';
import { buildSrvVSchema, isNoNode, rebuildVSchemaGraph, type TopoServer } from '@vitess-ts/topo';
import type { VSchemaStore } from '../statements/alter-vschema';

/** Vschemas in the topology. The keyspace is locked while one changes. */
export class TopoVSchemaStore implements VSchemaStore {
  constructor(private readonly topo: TopoServer) {}

  async change(
    keyspace: string,
    change: (current: Keyspace, all: SrvVSchema) => Keyspace,
    signal: AbortSignal,
  ): Promise<void> {
    const { topo } = this;
    await topo.getKeyspace(keyspace, signal);
    await topo.withKeyspaceLock(
      keyspace,
      'ALTER VSCHEMA',
      async () => {
        const current = await topo.getVSchema(keyspace, signal).catch((error: unknown) => {
          if (isNoNode(error)) return Keyspace.create();
          throw error;
        });
        await topo.saveVSchema(keyspace, change(current, await buildSrvVSchema(topo, signal)), signal);
        await rebuildVSchemaGraph(topo, { signal });
      },
      { signal },
    );
  }
}
