import { CellInfo, SrvKeyspace, TabletType } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { MemoryTopo, TopoServer } from '@vitess-ts/topo';
import { Code } from '@vitess-ts/vterrors';
import { ServingGraph } from './serving-graph';
import type { ServingRecords } from './topo-source';

const { PRIMARY, REPLICA } = TabletType;

function partitions(...names: string[]): SrvKeyspace {
  const shardReferences = names.map((name) => ({ name, keyRange: undefined }));
  return SrvKeyspace.fromPartial({ partitions: [{ servedType: PRIMARY, shardReferences }] });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('with a topology', () => {
  let topo: TopoServer;
  let graph: ServingGraph;

  beforeEach(async () => {
    const memory = new MemoryTopo();
    topo = new TopoServer(memory.connect('/global'), async (_cell, _address, root) => memory.connect(root));
    await topo.createCellInfo('zone1', CellInfo.fromPartial({ root: '/zone1' }));
    graph = new ServingGraph({ cell: 'zone1', topo, retryDelayMs: 5 });
    graph.start();
  });
  afterEach(async () => {
    await graph.stop();
    await topo.close();
  });

  test('gives the shards of a type, and follows a change', async () => {
    await topo.updateSrvKeyspace('zone1', 'ks', partitions('-80', '80-'));
    const names = async () => (await graph.shards('ks', PRIMARY)).map((s) => s.name);
    expect(await names()).toEqual(['-80', '80-']);
    const seen: string[] = [];
    graph.onKeyspace((keyspace) => seen.push(keyspace));
    await topo.updateSrvKeyspace('zone1', 'ks', partitions('-'));
    await until(async () => (await names()).length === 1);
    expect(seen).toEqual(['ks']);
    expect(await graph.keyspaceNames()).toEqual(['ks']);
  });

  test('says what is not served', async () => {
    await topo.updateSrvKeyspace('zone1', 'ks', partitions('-'));
    await expect(graph.shards('ks', REPLICA)).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      message: 'No partition found for tabletType REPLICA in keyspace ks',
    });
    await expect(graph.shards('missing', PRIMARY)).rejects.toMatchObject({ code: Code.NOT_FOUND });
    expect(await graph.srvKeyspace('missing')).toBeNull();
  });

  test('gives the vschema to those that are there and to those that come later', async () => {
    const seen: (string[] | null)[] = [];
    const note = (value: SrvVSchema | null): void => void seen.push(value && Object.keys(value.keyspaces));
    graph.onVSchema(note);
    await until(() => seen.length === 1);
    await topo.updateSrvVSchema('zone1', SrvVSchema.fromPartial({ keyspaces: { ks: { sharded: true } } }));
    await until(() => seen.length === 2);
    expect(seen).toEqual([null, ['ks']]);
    graph.onVSchema(note)();
    expect(seen.at(-1)).toEqual(['ks']);
    expect((await graph.srvVSchema())?.keyspaces['ks'].sharded).toBe(true);
  });
});

describe('while the topology is down', () => {
  /** Gives one record, then fails for ever. */
  function failing(): { records: ServingRecords; fail: () => void; opened: () => number } {
    let fail: () => void = () => undefined;
    let down = false;
    let opened = 0;
    const broken = new Promise<void>((resolve) => (fail = resolve));
    const error = new Error('no topology');
    return {
      fail: () => {
        down = true;
        fail();
      },
      opened: () => opened,
      records: {
        getSrvKeyspaceNames: async () => {
          if (down) throw error;
          return ['ks'];
        },
        async *watchSrvKeyspace() {
          opened++;
          if (down) throw error;
          yield partitions('-');
          await broken;
          throw error;
        },
        async *watchSrvVSchema() {
          throw error;
        },
      },
    };
  }

  test('the last state goes on being used, and the watch is opened again', async () => {
    const { records, fail, opened } = failing();
    const graph = new ServingGraph({ cell: 'zone1', topo: records, retryDelayMs: 1 });
    graph.start();
    expect(await graph.keyspaceNames()).toEqual(['ks']);
    expect(await graph.shards('ks', PRIMARY)).toHaveLength(1);
    fail();
    await until(() => opened() >= 3);
    expect(await graph.shards('ks', PRIMARY)).toHaveLength(1);
    expect(await graph.keyspaceNames()).toEqual(['ks']);
    await graph.stop();
  });

  test('what was never known is waited for until the signal ends', async () => {
    const { records } = failing();
    const graph = new ServingGraph({ cell: 'zone1', topo: records, retryDelayMs: 1 });
    graph.start();
    const signal = AbortSignal.timeout(20);
    await expect(graph.srvVSchema(signal)).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: 'the topology has not yet given the vschema',
    });
    const waiting = graph.srvVSchema();
    await graph.stop();
    await expect(waiting).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });
});
