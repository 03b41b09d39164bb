import { startEtcd, type TestEtcd } from '@vitess-ts/testkit';
import { topoContract } from '../contract/conn.contract';
import { EtcdConn } from './etcd-conn';

let etcd: TestEtcd;
let stores = 0;
beforeAll(async () => void (etcd = await startEtcd()));
afterAll(() => etcd?.stop());

topoContract('etcd', async () => {
  const root = `/contract/${++stores}`;
  return {
    connect: () => EtcdConn.open({ address: etcd.address, root }),
    close: () => Promise.resolve(),
  };
});
