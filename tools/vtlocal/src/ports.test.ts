import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { assertPortsFree, clusterPorts, listenerOf } from './ports';

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

test('all ports derive from the base', () => {
  const ports = clusterPorts(15000);
  expect(ports).toMatchObject({
    vtctldHttp: 15000,
    vtgateHttp: 15001,
    vtgateMysql: 15306,
    etcdClient: 15379,
    etcdPeer: 15380,
    vtgateGrpc: 15991,
    vtctldGrpc: 15999,
  });
  expect(ports.tablet(100)).toEqual({ http: 15100, grpc: 16100, mysql: 17100 });
  expect(ports.tablet(298)).toEqual({ http: 15298, grpc: 16298, mysql: 17298 });
});

test('the error names the busy port and who listens there', async () => {
  const { server, port } = await listen();
  try {
    expect(listenerOf(port)).toBe(process.pid);
    await expect(assertPortsFree([port])).rejects.toThrow(`ports in use: ${port} (pid ${process.pid})`);
  } finally {
    server.close();
    await once(server, 'close');
  }
  await assertPortsFree([port]);
  expect(listenerOf(port)).toBeUndefined();
});
