import { messageToJson, parseTabletAlias, tabletAliasString } from '@vitess-ts/proto';
import { Keyspace, Shard, SrvKeyspace, Tablet } from '@vitess-ts/proto/topodata';
import { HttpError, json, type DebugRequest, type DebugResponse, type DebugServer } from '@vitess-ts/servenv';
import type { VtctldContext, VtctldHandlers } from '../context';
import type { Access } from './access';
import { callRpc, contextOf } from './rpc-route';

export interface TopologyRoutes {
  server: DebugServer;
  vtctld: VtctldContext;
  handlers: VtctldHandlers;
  access: Access;
}

/** The parts of a path below its route: decoded, without those that are empty. */
type Parts = readonly string[];
type Reader = (parts: Parts, request: DebugRequest) => Promise<unknown>;

/**
 * Read-only JSON of the records, on the paths of Vitess's vtctld: `/api/cells/`, `/api/keyspaces/[<keyspace>]`,
 * `/api/keyspace/<keyspace>/tablets/[<shard>]`, `/api/shards/<keyspace>/[<shard>]`, `/api/srv_keyspace/<cell>/[<keyspace>]`,
 * `/api/tablets/[<alias>]` with `?cell=` and `?shard=<keyspace>/<shard>`, `/api/topodata/<path>`. Records have the
 * names of the contract's fields.
 */
export function addTopologyRoutes(routes: TopologyRoutes): void {
  const { topo } = routes.vtctld;
  const read = (name: string, reader: Reader): void => addReader(routes, name, reader);

  read('cells', (_, { signal }) => topo.getCellInfoNames(signal));

  read('keyspaces', async ([keyspace], { signal }) => {
    if (keyspace === undefined) return topo.getKeyspaces(signal);
    return messageToJson(
      'topodata.Keyspace',
      Keyspace.encode(await topo.getKeyspace(keyspace, signal)).finish(),
    );
  });

  read('keyspace', async ([keyspace, what, shard], { query, signal }) => {
    if (keyspace === undefined || what !== 'tablets') {
      throw new HttpError(404, 'the path is /api/keyspace/<keyspace>/tablets/[<shard>]');
    }
    await topo.getKeyspace(keyspace, signal);
    if (shard !== undefined) await topo.getShard(keyspace, shard, signal);
    const cells = (query.get('cells') ?? '').split(',').filter((cell) => cell !== '');
    const tablets = await tabletsOf(routes, cells, signal);
    return tablets
      .filter((tablet) => tablet.keyspace === keyspace && (shard === undefined || tablet.shard === shard))
      .map(tabletJson);
  });

  read('shards', async ([keyspace, shard], { signal }) => {
    if (keyspace === undefined) throw new HttpError(400, 'the path is /api/shards/<keyspace>/[<shard>]');
    if (shard === undefined) return topo.getShardNames(keyspace, signal);
    return messageToJson(
      'topodata.Shard',
      Shard.encode(await topo.getShard(keyspace, shard, signal)).finish(),
    );
  });

  read('srv_keyspace', async ([cell, keyspace], { signal }) => {
    if (cell === undefined) throw new HttpError(400, 'the path is /api/srv_keyspace/<cell>/[<keyspace>]');
    const one = async (name: string): Promise<unknown> =>
      messageToJson(
        'topodata.SrvKeyspace',
        SrvKeyspace.encode(await topo.getSrvKeyspace(cell, name, signal)).finish(),
      );
    if (keyspace !== undefined) return one(keyspace);
    const names = await topo.getSrvKeyspaceNames(cell, signal);
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await one(name)])));
  });

  read('tablets', async ([alias], { query, signal }) => {
    if (alias !== undefined) {
      return tabletJson(await topo.getTablet(parseTabletAlias(alias), signal));
    }
    const [keyspace, shard] = (query.get('shard') ?? '').split('/');
    const tablets = await tabletsOf(routes, query.getAll('cell'), signal);
    return tablets
      .filter((tablet) => keyspace === '' || (tablet.keyspace === keyspace && tablet.shard === shard))
      .map(({ alias }) => alias);
  });

  read('topodata', async (parts, request) => {
    const path = `/${parts.join('/')}`;
    const context = contextOf(request, '');
    return callRpc(routes.handlers, 'GetTopologyPath', JSON.stringify({ path }), context);
  });
}

/** Serves `/api/<name>` and all below it to whoever may look. */
function addReader({ server, access }: TopologyRoutes, name: string, reader: Reader): void {
  const base = `/api/${name}`;
  const handler = async (request: DebugRequest): Promise<DebugResponse> => {
    access.require(request, 'viewer');
    return json(await reader(partsBelow(base, request.path), request));
  };
  server.route('GET', base, handler);
  server.route('GET', `${base}/*`, handler);
}

export function partsBelow(base: string, path: string): string[] {
  try {
    return path
      .slice(base.length)
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch (error) {
    throw new HttpError(400, `the path is not encoded right: ${(error as Error).message}`);
  }
}

async function tabletsOf(
  { vtctld: { topo } }: TopologyRoutes,
  cells: readonly string[],
  signal: AbortSignal,
): Promise<Tablet[]> {
  const tablets = await topo.getTabletsByCells(await topo.expandCells(cells, signal), () => true, signal);
  return tablets.sort((a, b) => (tabletAliasString(a.alias) < tabletAliasString(b.alias) ? -1 : 1));
}

const tabletJson = (tablet: Tablet): unknown =>
  messageToJson('topodata.Tablet', Tablet.encode(tablet).finish());
