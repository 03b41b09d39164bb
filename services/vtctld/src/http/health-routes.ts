import { sleep } from '@vitess-ts/base';
import { parseTabletAlias, tabletAliasString } from '@vitess-ts/proto';
import { HttpError, json, type DebugHandler, type DebugRequest, type DebugServer } from '@vitess-ts/servenv';
import type { TopoServer } from '@vitess-ts/topo';
import type { Access } from './access';
import type { ClusterHealth } from './cluster-health';
import { heatmapMetrics, heatmaps } from './heatmap';
import { liveCluster, liveTablet } from './live-cluster';
import { partsBelow } from './topology-routes';

/** How often the state is looked at for those who follow it. */
const liveIntervalMs = 1_000;
/** A line is sent at least so often, so that a connection that is gone is noticed. */
const heartbeatMs = 15_000;
/** Pages that may follow at the same time. */
const maxFollowers = 100;

/**
 * How the tablets are: `/api/live` at once, `/api/live/stream` as server-sent events at each change (WHATWG HTML, 9.2),
 * and on Vitess's paths `/api/tablet_health/<cell>/<uid>`, `/api/tablet_statuses/?keyspace=&cell=&type=&metric=`,
 * `/api/topology_info/`.
 */
export function addHealthRoutes(
  server: DebugServer,
  topo: TopoServer,
  health: ClusterHealth,
  access: Access,
): void {
  server.route('GET', '/api/live', async (request) => {
    access.require(request, 'viewer');
    return json(await liveCluster(topo, health, request.signal));
  });

  const followers = { count: 0 };
  server.route('GET', '/api/live/stream', (request) => {
    access.require(request, 'viewer');
    if (followers.count >= maxFollowers) throw new HttpError(429, `${maxFollowers} pages follow already`);
    return {
      type: 'text/event-stream; charset=utf-8',
      headers: { 'cache-control': 'no-store' },
      body: liveEvents(topo, health, request.signal, followers),
    };
  });

  server.route('GET', '/api/tablet_health/*', async (request) => {
    access.require(request, 'viewer');
    const parts = partsBelow('/api/tablet_health', request.path);
    if (parts.length !== 2) throw new HttpError(400, 'the path is /api/tablet_health/<cell>/<uid>');
    const alias = tabletAliasString(parseTabletAlias(parts.join('-')));
    const found = (await health.tablets()).find((tablet) => tablet.alias === alias);
    if (!found) throw new HttpError(404, `there is no tablet ${alias}`);
    return json(liveTablet(found));
  });

  const statuses: DebugHandler = async (request: DebugRequest) => {
    access.require(request, 'viewer');
    const { query, signal } = request;
    const wanted = (name: string): string => query.get(name) ?? '';
    const metric = heatmapMetrics.find((known) => known === (query.get('metric') ?? 'health'));
    if (!metric) throw new HttpError(400, `metric is one of ${heatmapMetrics.join(', ')}`);
    return json(
      heatmaps(await liveCluster(topo, health, signal), metric, {
        keyspace: wanted('keyspace'),
        cell: wanted('cell'),
        type: wanted('type').toLowerCase(),
      }),
    );
  };
  server.route('GET', '/api/tablet_statuses', statuses);
  server.route('GET', '/api/tablet_statuses/', statuses);

  const info: DebugHandler = async (request: DebugRequest) => {
    access.require(request, 'viewer');
    const { cells, keyspaces } = await liveCluster(topo, health, request.signal);
    const tablets = keyspaces.flatMap(({ shards }) => shards.flatMap((shard) => shard.tablets));
    const names = (values: string[]): string[] => [...new Set(values)].sort();
    return json({
      Keyspaces: names(keyspaces.map(({ name }) => name)),
      Cells: names(cells),
      TabletTypes: names(tablets.map(({ type }) => type.toUpperCase())),
    });
  };
  server.route('GET', '/api/topology_info', info);
  server.route('GET', '/api/topology_info/', info);
}

async function* liveEvents(
  topo: TopoServer,
  health: ClusterHealth,
  signal: AbortSignal,
  followers: { count: number },
): AsyncIterable<string> {
  followers.count++;
  try {
    let sent = '';
    let sentAt = performance.now();
    while (!signal.aborted) {
      const { event, data } = await eventNow(topo, health, signal);
      const text = `event: ${event}\ndata: ${data}\n\n`;
      if (text !== sent) yield (sent = text);
      else if (performance.now() - sentAt >= heartbeatMs) yield ': still here\n\n';
      else {
        await sleep(liveIntervalMs, signal);
        continue;
      }
      sentAt = performance.now();
      await sleep(liveIntervalMs, signal);
    }
  } finally {
    followers.count--;
  }
}

/** A topology that is down is told to the page, which shows what it last knew. */
async function eventNow(
  topo: TopoServer,
  health: ClusterHealth,
  signal: AbortSignal,
): Promise<{ event: string; data: string }> {
  try {
    return { event: 'cluster', data: JSON.stringify(await liveCluster(topo, health, signal)) };
  } catch (error) {
    return { event: 'problem', data: JSON.stringify({ error: (error as Error).message }) };
  }
}
