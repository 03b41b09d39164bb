import { TabletType } from '@vitess-ts/proto/topodata';
import type { QueryService } from '@vitess-ts/queryservice';
import { Code, VtError } from '@vitess-ts/vterrors';
import { FakeGraph, FakeHealth, until } from './fake-discovery.contract';
import { TabletGateway } from './tablet-gateway';

const { signal } = new AbortController();
const primary = { keyspace: 'ks', shard: '-80', tabletType: TabletType.PRIMARY, cell: '' };
const rdonly = { ...primary, tabletType: TabletType.RDONLY };

describe('TabletGateway', () => {
  let graph: FakeGraph;
  let health: FakeHealth;
  let gateway: TabletGateway;
  let errors: Error[];

  beforeEach(async () => {
    graph = new FakeGraph();
    health = new FakeHealth();
    errors = [];
    graph.serve('ks', '80-', '-80');
    gateway = new TabletGateway({
      graph,
      health,
      waitLimitMs: 300,
      unknownWaitLimitMs: 20,
      namesIntervalMs: 5,
      onError: (error) => errors.push(error),
    });
    await gateway.start(signal);
  });

  afterEach(() => gateway.stop());

  it('knows the keyspaces and their shards in key range order', () => {
    expect(gateway.keyspaces()).toEqual(['ks']);
    const shards = gateway.shards('ks', TabletType.REPLICA);
    expect(shards.map((s) => s.name)).toEqual(['-80', '80-']);
    expect(shards[1].keyRange.start.toString('hex')).toBe('80');
  });

  it('gives the same list until the serving graph changes, then the new one', () => {
    const before = gateway.shards('ks', TabletType.PRIMARY);
    expect(gateway.shards('ks', TabletType.PRIMARY)).toBe(before);
    const changed: string[] = [];
    gateway.onKeyspaceChange((name) => changed.push(name));
    graph.serve('ks', '-40', '40-80', '80-');
    expect(gateway.shards('ks', TabletType.PRIMARY).map((s) => s.name)).toEqual(['-40', '40-80', '80-']);
    expect(changed).toEqual(['ks']);
  });

  it('finds a keyspace that comes later, and loses one that goes', async () => {
    graph.serve('late', '0');
    await until(() => gateway.keyspaces().length === 2, 'the new keyspace is followed');
    expect(gateway.shards('late', TabletType.PRIMARY).map((s) => s.name)).toEqual(['0']);
    graph.serve('ks');
    expect(gateway.keyspaces()).toEqual(['late']);
    expect(() => gateway.shards('ks', TabletType.PRIMARY)).toThrow(expect.objectContaining({ errno: 1049 }));
  });

  it('goes on with what it knows while the topology is down', async () => {
    graph.failure = new VtError(Code.UNAVAILABLE, 'topology is down');
    await until(() => errors.length > 1, 'the failure is reported');
    expect(gateway.keyspaces()).toEqual(['ks']);
    graph.failure = undefined;
    graph.serve('late', '0');
    await until(() => gateway.keyspaces().includes('late'), 'reading goes on');
  });

  it('names an unknown keyspace as MySQL does, and a tablet type that is not served', () => {
    expect(() => gateway.shards('nope', TabletType.PRIMARY)).toThrow(
      expect.objectContaining({ code: Code.NOT_FOUND, errno: 1049, sqlstate: '42000' }),
    );
    expect(() => gateway.shards('ks', TabletType.RDONLY)).toThrow(/No partition found for tabletType RDONLY/);
  });

  it('chooses a healthy tablet', async () => {
    const service = {} as QueryService;
    health.set(100, primary, true, service);
    const tablet = await gateway.choose(primary, signal);
    expect(tablet).toEqual({ alias: { cell: 'zone1', uid: 100 }, service });
    expect(tablet.service).toBe(service);
  });

  it('waits for a tablet to become healthy', async () => {
    health.set(100, primary, false);
    const waiting = gateway.choose(primary, signal);
    await until(() => health.listenerCount === 1, 'it waits');
    health.set(101, { ...primary, shard: '80-' }, true);
    health.set(100, primary, true);
    expect((await waiting).alias.uid).toBe(100);
    expect(health.listenerCount).toBe(0);
  });

  it('says UNAVAILABLE when the limit is reached or the caller gives up', async () => {
    const text = `target: ks.-80.primary: no healthy tablet available for 'keyspace:"ks" shard:"-80" tablet_type:PRIMARY'`;
    const error = expect.objectContaining({ code: Code.UNAVAILABLE, message: text });
    await expect(gateway.choose(primary, signal)).rejects.toEqual(error);
    const caller = new AbortController();
    const waiting = gateway.choose(primary, caller.signal);
    caller.abort();
    await expect(waiting).rejects.toEqual(error);
    await expect(gateway.choose(primary, caller.signal)).rejects.toEqual(error);
    expect(health.listenerCount).toBe(0);
  });

  it('does not wait long for a kind of tablet that the shard does not have', async () => {
    const started = performance.now();
    await expect(gateway.choose(rdonly, signal)).rejects.toThrow(/tablet_type:RDONLY/);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('reaches a tablet by its alias, also one that does not serve', () => {
    const service = {} as QueryService;
    health.set(7, primary, false, service);
    expect(gateway.byAlias({ cell: 'zone1', uid: 7 }).service).toBe(service);
    expect(() => gateway.byAlias({ cell: 'zone1', uid: 8 })).toThrow(
      expect.objectContaining({ code: Code.UNAVAILABLE, id: 'VT14003' }),
    );
    expect(gateway.tablets().map((t) => t.alias)).toEqual(['zone1-0000000007']);
  });
});
