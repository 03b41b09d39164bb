import { CellInfo, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import type { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { VtctldService as service } from '@vitess-ts/proto/vtctlservice';
import { createChannel, silentLogger, unary, type LogFields, type UnaryMethod } from '@vitess-ts/servenv';
import { openTopo, type OpenedTopo } from '@vitess-ts/topo';
import { Vtctld, type VtctldConfig } from '../vtctld';
import { FakeTablets } from './fake-tablets.contract';

type Definition = typeof VtctldService;
type RequestOf<M> = M extends { requestDeserialize: (value: Buffer) => infer Req } ? Req : never;
type ResponseOf<M> = M extends { responseDeserialize: (value: Buffer) => infer Res } ? Res : never;

/** A vtctld in this process over a topology in memory, with cells zone1 and zone2 and tablets that are faked. */
export interface TestCluster {
  topo: OpenedTopo['topo'];
  opened: OpenedTopo;
  tablets: FakeTablets;
  vtctld: Vtctld;
  /** Lines that were logged. */
  logged: { msg: string; fields: LogFields }[];
  /** Calls an RPC over gRPC; what the request lacks has its default. */
  call<M extends keyof Definition>(
    method: M,
    request?: Partial<RequestOf<Definition[M]>>,
  ): Promise<ResponseOf<Definition[M]>>;
  addTablet(cell: string, uid: number, shard: string, type?: TabletType): Promise<Tablet>;
  close(): Promise<void>;
}

export async function startCluster(settings: Pick<VtctldConfig, 'access'> = {}): Promise<TestCluster> {
  const opened = await openTopo({ implementation: 'memory', address: '', root: '/vitess/global' });
  const { topo } = opened;
  for (const cell of ['zone1', 'zone2']) {
    await topo.createCellInfo(cell, CellInfo.create({ root: `/vitess/${cell}` }));
  }
  const tablets = new FakeTablets();
  const logged: TestCluster['logged'] = [];
  const note = (msg: string, fields: LogFields = {}): void => void logged.push({ msg, fields });
  const vtctld = new Vtctld({
    host: '127.0.0.1',
    grpcPort: 0,
    port: 0,
    topo: opened,
    topoDescription: 'memory',
    log: { ...silentLogger, info: note, warn: note, error: note },
    version: 'test',
    tabletManager: tablets.manager,
    ...settings,
  });
  await vtctld.start();
  const channel = createChannel(`127.0.0.1:${vtctld.grpcPort}`);
  return {
    topo,
    opened,
    tablets,
    vtctld,
    logged,
    call: (method, request = {}) => {
      const definition = service[method] as unknown as UnaryMethod<unknown, never>;
      const codec = service[method] as unknown as { requestDeserialize(bytes: Buffer): object };
      const defaults = codec.requestDeserialize(Buffer.alloc(0));
      return unary(channel, definition, { ...defaults, ...request }, { timeoutMs: 10_000 });
    },
    async addTablet(cell, uid, shard, type = TabletType.REPLICA) {
      const tablet = Tablet.create({
        alias: { cell, uid },
        hostname: 'localhost',
        portMap: { vt: 15000 + uid, grpc: 16000 + uid },
        mysqlHostname: 'localhost',
        mysqlPort: 17000 + uid,
        keyspace: 'ks',
        shard,
        type,
      });
      await topo.createTablet(tablet);
      return tablet;
    },
    async close() {
      channel.close();
      await vtctld.stop();
      await opened.close();
    },
  };
}
