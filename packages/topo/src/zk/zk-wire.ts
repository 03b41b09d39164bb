import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Deferred, systemClock, type CancelTimer } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { asVtError } from '../errors';
import type { TlsPem } from '../tls-files';
import { JuteReader, JuteWriter } from './jute';
import { ZkError, ZkOp, ZkXid, zkFailure } from './zk-protocol';

export interface ZkAddress {
  host: string;
  port: number;
}

/** Who we are to ZooKeeper: `digest` and `user:password`, usually. */
export interface ZkAuth {
  scheme: string;
  auth: string;
}

/** A session as both sides know it; id 0n asks for a new one. */
export interface ZkSessionKey {
  id: bigint;
  password: Buffer;
  timeoutMs: number;
}

export interface ZkAnswer {
  /** The transaction that the request made, or the last one that the server knew. */
  zxid: bigint;
  reader: JuteReader;
}

export interface ZkNotification {
  /** 1 created, 2 deleted, 3 contents changed, 4 children changed. */
  type: number;
  path: string;
}

export interface ZkWireOptions {
  address: ZkAddress;
  tls?: TlsPem;
  auth: readonly ZkAuth[];
  session: ZkSessionKey;
  lastZxid: bigint;
  connectTimeoutMs: number;
  onNotification(notification: ZkNotification): void;
}

/** Larger than any list of children that a topology has. */
const maxFrameBytes = 64 * 1024 * 1024;

interface Pending {
  xid: number;
  path: string;
  sentAtMs: number;
  answer: Deferred<ZkAnswer>;
}

/** One connection of a session. Requests are answered in the order in which they were sent. */
export class ZkWire {
  private chunks: Buffer[] = [];
  private chunkBytes = 0;
  private xid = 0;
  private readonly pending: Pending[] = [];
  private readonly greeting = new Deferred<ZkSessionKey>();
  private readonly ending = new Deferred<VtError>();
  private failure?: VtError;
  private lastHeardMs = systemClock.monotonic();
  private pingSentAtMs?: number;
  private cancelBeat: CancelTimer = () => undefined;
  /** The session that the server gave or went on with; 0n when ours is over. */
  session: ZkSessionKey = { id: 0n, password: Buffer.alloc(16), timeoutMs: 0 };
  lastZxid: bigint;
  /** When the last request was sent that the server has answered: it knew the session then. */
  confirmedAtMs = systemClock.monotonic();

  private constructor(
    private readonly socket: Socket,
    private readonly options: ZkWireOptions,
  ) {
    this.lastZxid = options.lastZxid;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('error', (error) => this.fail(this.away(error.message)));
    socket.on('close', () => this.fail(this.away('the connection was closed')));
  }

  /** Connects and agrees on the session. Rejects with UNAVAILABLE, or UNAUTHENTICATED for an identity that is refused. */
  static async open(options: ZkWireOptions): Promise<ZkWire> {
    const { address, tls, connectTimeoutMs } = options;
    const socket = tls
      ? connectTls({
          ...address,
          ...tls,
          servername: /[^0-9.:]/.test(address.host) ? address.host : undefined,
        })
      : connectTcp(address);
    const wire = new ZkWire(socket, options);
    const cancelTimer = systemClock.after(connectTimeoutMs, () =>
      wire.fail(wire.away(`no connection within ${connectTimeoutMs} ms`)),
    );
    socket.once(tls ? 'secureConnect' : 'connect', () => wire.greet());
    try {
      wire.session = await wire.greeting.promise;
      if (wire.session.id !== 0n) {
        await Promise.all(options.auth.map((one) => wire.authenticate(one)));
        wire.beat();
      }
    } catch (error) {
      wire.destroy();
      throw error;
    } finally {
      cancelTimer();
    }
    return wire;
  }

  /** Resolves with what ended the connection. */
  get ended(): Promise<VtError> {
    return this.ending.promise;
  }

  /** Rejects with what an error number says of `path`, or UNAVAILABLE when the connection ends before the answer. */
  send(op: number, path: string, write: (writer: JuteWriter) => void): Promise<ZkAnswer> {
    this.xid = (this.xid + 1) & 0x7fffffff;
    return this.post(this.xid, op, path, write);
  }

  destroy(): void {
    this.fail(this.away('the connection was closed by us'));
  }

  private post(
    xid: number,
    op: number,
    path: string,
    write: (writer: JuteWriter) => void,
  ): Promise<ZkAnswer> {
    if (this.failure) return Promise.reject(this.failure);
    const writer = new JuteWriter().int(xid).int(op);
    write(writer);
    const answer = new Deferred<ZkAnswer>();
    this.pending.push({ xid, path, sentAtMs: systemClock.monotonic(), answer });
    this.socket.write(writer.frame());
    return answer.promise;
  }

  private greet(): void {
    const { session, lastZxid } = this.options;
    const hello = new JuteWriter().int(0).long(lastZxid).int(session.timeoutMs);
    this.confirmedAtMs = systemClock.monotonic();
    this.socket.write(hello.long(session.id).buffer(session.password).bool(false).frame());
  }

  private async authenticate({ scheme, auth }: ZkAuth): Promise<void> {
    await this.post(ZkXid.auth, ZkOp.auth, 'the session', (writer) => writer.int(0).text(scheme).text(auth));
  }

  /** Asks for a sign of life three times in the time of the session, and gives up after two thirds without one. */
  private beat(): void {
    const everyMs = this.session.timeoutMs / 3;
    this.cancelBeat = systemClock.after(everyMs, () => {
      if (systemClock.monotonic() - this.lastHeardMs > 2 * everyMs) {
        this.fail(this.away('the server is silent'));
        return;
      }
      this.pingSentAtMs ??= systemClock.monotonic();
      this.socket.write(new JuteWriter().int(ZkXid.ping).int(ZkOp.ping).frame());
      this.beat();
    });
  }

  private read(chunk: Buffer): void {
    this.lastHeardMs = systemClock.monotonic();
    this.chunks.push(chunk);
    this.chunkBytes += chunk.length;
    try {
      for (let frame = this.nextFrame(); frame && !this.failure; frame = this.nextFrame()) {
        this.take(new JuteReader(frame));
      }
    } catch (error) {
      this.fail(asVtError(error));
    }
  }

  private nextFrame(): Buffer | undefined {
    if (this.chunkBytes < 4) return undefined;
    if (this.chunks[0].length < 4) this.chunks = [Buffer.concat(this.chunks)];
    const length = this.chunks[0].readInt32BE(0);
    if (length < 0 || length > maxFrameBytes) {
      throw this.away(`it sent a frame of ${length} bytes: is there a zookeeper at this address?`);
    }
    if (this.chunkBytes < length + 4) return undefined;
    const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    const rest = all.subarray(length + 4);
    this.chunks = rest.length === 0 ? [] : [rest];
    this.chunkBytes = rest.length;
    return all.subarray(4, length + 4);
  }

  private take(reader: JuteReader): void {
    if (this.session.id === 0n && this.pending.length === 0) {
      this.takeGreeting(reader);
      return;
    }
    const xid = reader.int();
    const zxid = reader.long();
    const error = reader.int();
    if (xid === ZkXid.notification) {
      const type = reader.int();
      reader.int();
      this.options.onNotification({ type, path: reader.text() });
      return;
    }
    if (xid === ZkXid.ping) {
      if (this.pingSentAtMs !== undefined) this.confirm(this.pingSentAtMs);
      this.pingSentAtMs = undefined;
      return;
    }
    const pending = this.pending.shift();
    if (pending?.xid !== xid) throw this.away(`it answered request ${xid} out of order`);
    this.confirm(pending.sentAtMs);
    if (zxid > this.lastZxid) this.lastZxid = zxid;
    if (error === 0) pending.answer.resolve({ zxid, reader });
    else pending.answer.reject(zkFailure(xid === ZkXid.auth ? ZkError.authFailed : error, pending.path));
  }

  private takeGreeting(reader: JuteReader): void {
    reader.int();
    const timeoutMs = reader.int();
    const id = reader.long();
    const password = Buffer.from(reader.buffer() ?? Buffer.alloc(16));
    const session =
      timeoutMs <= 0 ? { id: 0n, password: Buffer.alloc(16), timeoutMs: 0 } : { id, password, timeoutMs };
    // Before the next frame of the same chunk.
    this.session = session;
    this.greeting.resolve(session);
  }

  private confirm(sentAtMs: number): void {
    this.confirmedAtMs = Math.max(this.confirmedAtMs, sentAtMs);
  }

  private away(why: string): VtError {
    const { host, port } = this.options.address;
    return new VtError(Code.UNAVAILABLE, `zookeeper ${host}:${port}: ${why}`);
  }

  private fail(error: VtError): void {
    if (this.failure) return;
    this.failure = error;
    this.cancelBeat();
    this.socket.destroy();
    this.greeting.promise.catch(() => undefined);
    this.greeting.reject(error);
    for (const { answer } of this.pending.splice(0)) answer.reject(error);
    this.ending.resolve(error);
  }
}
