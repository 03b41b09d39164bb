import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The JSON gateway of an etcd server: a second opinion on what is stored. */
export class EtcdGateway {
  constructor(private readonly address: string) {}

  /** Keys and values below a prefix, with `leased` for those under a lease. */
  async keys(prefix: string): Promise<{ key: string; value: string; leased: boolean }[]> {
    const end = `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
    const { kvs = [] } = await this.post<{ kvs?: { key: string; value?: string; lease?: string }[] }>(
      'kv/range',
      {
        key: base64(prefix),
        range_end: base64(end),
      },
    );
    return kvs.map(({ key, value = '', lease }) => ({
      key: text(key),
      value: text(value),
      leased: lease !== undefined,
    }));
  }

  /** Gives the id of the lease. */
  async putUnderLease(key: (lease: string) => string, value: string, ttlSeconds: number): Promise<string> {
    const { ID } = await this.post<{ ID: string }>('lease/grant', { TTL: ttlSeconds });
    await this.post('kv/put', { key: base64(key(ID)), value: base64(value), lease: ID });
    return ID;
  }

  async revoke(lease: string): Promise<void> {
    await this.post('lease/revoke', { ID: lease });
  }

  async remove(key: string): Promise<void> {
    await this.post('kv/deleterange', { key: base64(key) });
  }

  /** Forgets all that was before the present state. */
  async compact(): Promise<void> {
    const { header } = await this.post<{ header: { revision: string } }>('kv/range', { key: base64('x') });
    await this.post('kv/compaction', { revision: header.revision, physical: true });
  }

  private async post<T>(path: string, body: unknown): Promise<T> {
    const answer = await fetch(`http://${this.address}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`etcd's gateway: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

const base64 = (value: string): string => Buffer.from(value).toString('base64');
const text = (value: string): string => Buffer.from(value, 'base64').toString();

/** A way to a server that a test can cut. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private whole = true;
  private readonly server = createServer((client) => {
    if (!this.whole) {
      client.destroy();
      return;
    }
    const [host, port] = this.target.split(':');
    const upstream = connect(Number(port), host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      this.sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  });

  private constructor(private readonly target: string) {}

  static async to(target: string): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((resolve) => wire.server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
