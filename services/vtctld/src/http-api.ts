import { messageToJson } from '@vitess-ts/proto';
import { Keyspace, Shard, Tablet } from '@vitess-ts/proto/topodata';
import { json, type DebugServer, type StatusSection } from '@vitess-ts/servenv';
import type { TopoServer } from '@vitess-ts/topo';

/** Adds read-only JSON about the cluster: `/api/cells`, `/api/keyspaces`, `/api/shards/<keyspace>`, `/api/tablets`. */
export function addApi(server: DebugServer, topo: TopoServer): void {
  server.route('GET', '/api/cells', async ({ signal }) => json(await topo.getCellInfoNames(signal)));

  server.route('GET', '/api/keyspaces', async ({ signal }) => {
    const names = await topo.getKeyspaces(signal);
    const records = await Promise.all(names.map((name) => topo.getKeyspace(name, signal)));
    return json(
      records.map((record, i) => ({
        name: names[i],
        keyspace: messageToJson('topodata.Keyspace', Keyspace.encode(record).finish()),
      })),
    );
  });

  server.route('GET', '/api/shards/*', async ({ path, signal }) => {
    const keyspace = decodeURIComponent(path.slice('/api/shards/'.length)).replace(/\/$/, '');
    const shards = await topo.findAllShardsInKeyspace(keyspace, signal);
    return json(
      [...shards].map(([name, record]) => ({
        keyspace,
        name,
        shard: messageToJson('topodata.Shard', Shard.encode(record).finish()),
      })),
    );
  });

  server.route('GET', '/api/tablets', async ({ query, signal }) => {
    const [keyspace, shard] = [query.get('keyspace'), query.get('shard')];
    const tablets = await topo.getTabletsByCells(
      await topo.expandCells(query.getAll('cell'), signal),
      (tablet) => (!keyspace || tablet.keyspace === keyspace) && (!shard || tablet.shard === shard),
      signal,
    );
    return json(tablets.map((tablet) => messageToJson('topodata.Tablet', Tablet.encode(tablet).finish())));
  });
}

export function topologySection(description: string, isServed: boolean): StatusSection {
  return {
    title: 'Topology',
    rows: [
      ['Store', description],
      ['Served to other processes', isServed ? 'yes' : 'no'],
    ],
  };
}
