import { startZookeeper, type TestZookeeper } from '@vitess-ts/testkit';
import { topoContract } from '../contract/conn.contract';
import { ZkConn } from './zk-conn';

let zookeeper: TestZookeeper;
let stores = 0;
beforeAll(async () => void (zookeeper = await startZookeeper()), 120_000);
afterAll(() => zookeeper?.stop());

topoContract('zookeeper', async () => {
  const root = `/contract/${++stores}`;
  return {
    connect: () => new ZkConn({ address: zookeeper.address, root }),
    close: () => Promise.resolve(),
    mergesChanges: true,
  };
});
