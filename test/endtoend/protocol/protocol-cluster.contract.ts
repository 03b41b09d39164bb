import { LocalCluster } from '@vitess-ts/testkit';
import { type RawAddress, RawClient } from './raw-client.contract';

/** A gate in front of one shard `plain`, whose server is also asked directly: its database is `vt_plain`. */
export interface ProtocolCluster {
  cluster: LocalCluster;
  gate: RawAddress;
  direct: RawAddress;
  /** Sends the same to both, on connections of their own that stay, and gives what each answers. */
  both(command: Buffer): Promise<[gate: string[], direct: string[]]>;
  /** A payload in hexadecimal, without what may differ. */
  shown(payload: Buffer): string;
  stop(): Promise<void>;
}

export async function startProtocolCluster(portBase: number): Promise<ProtocolCluster> {
  const cluster = await LocalCluster.start({
    portBase,
    args: ['--keyspaces', 'plain,wide', '--num-shards', '1,2'],
  });
  const gate = { host: '127.0.0.1', port: cluster.mysqlPort, user: 'test', database: 'plain' };
  const socket = cluster.info.tablets.find((t) => t.keyspace === 'plain')?.mysqlSocket;
  const direct = { path: socket, user: 'vt_app', database: 'vt_plain' };
  const clients: RawClient[] = [];
  const both: ProtocolCluster['both'] = async (command) => {
    if (clients.length === 0) clients.push(await RawClient.connect(gate), await RawClient.connect(direct));
    const [a, b] = await Promise.all(clients.map((client) => client.ask(command)));
    return [a.map((p) => shown(p)), b.map((p) => shown(p))];
  };
  return {
    cluster,
    gate,
    direct,
    both,
    shown,
    stop: () => {
      for (const client of clients) client.end();
      return cluster.stop();
    },
  };
}

/** Bits of the status that say how one server ran the query. */
const SERVERS_OWN = 0x0030;

/** A payload in hexadecimal, without what may differ: the database's name on the server, and how it ran the query. */
function shown(payload: Buffer): string {
  if (payload[0] === 0xfe && payload.length === 5) {
    payload.writeUInt16LE(payload.readUInt16LE(3) & ~SERVERS_OWN, 3);
  }
  const text = payload
    .toString('latin1')
    .replaceAll('\x08vt_plain', '\x05plain')
    .replaceAll('vt_plain.', 'plain.');
  return Buffer.from(text, 'latin1').toString('hex');
}
