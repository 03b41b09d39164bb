import {
  Backoff,
  Deferred,
  ListenerSet,
  onAbort,
  sleep,
  systemClock,
  type CancelTimer,
} from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { asVtError, connClosed, connectionController, interrupted } from '../errors';
import type { TlsPem } from '../tls-files';
import type { JuteWriter } from './jute';
import { ZkOp } from './zk-protocol';
import {
  ZkWire,
  type ZkAddress,
  type ZkAnswer,
  type ZkAuth,
  type ZkNotification,
  type ZkSessionKey,
} from './zk-wire';

export interface ZkSessionOptions {
  addresses: readonly ZkAddress[];
  tls?: TlsPem;
  auth: readonly ZkAuth[];
  /** How long the server keeps the session of a client that is cut off; it may grant another time. */
  timeoutMs: number;
}

export interface ZkCallSettings {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** One session that the server granted: what is ephemeral ends with it. */
export interface ZkGrant {
  readonly id: bigint;
  readonly timeoutMs: number;
  /** Aborts when the session is over, or may be: nobody has confirmed it for as long as it lasts. */
  readonly lost: AbortSignal;
}

/** Limit of each call. */
const callTimeoutMs = 5_000;
const connectTimeoutMs = 2_000;
const closeTimeoutMs = 1_000;

/**
 * A session with a ZooKeeper ensemble: connects on first use, again when the connection is lost, to the next server in
 * turn, and begins a new session when the old one is over.
 */
export class ZkSession {
  private readonly closing = connectionController();
  private readonly waiters = new Set<Deferred<ZkWire>>();
  private wire?: ZkWire;
  private running?: Promise<void>;
  private key: Pick<ZkSessionKey, 'id' | 'password'> = { id: 0n, password: Buffer.alloc(16) };
  private lastZxid = 0n;
  private grant?: ZkGrant & { lose(why: string): void };
  private confirmedAtMs = 0;
  private cancelLoss: CancelTimer = () => undefined;
  /** What a round of attempts over all servers failed with, until one succeeds. */
  private failure?: VtError;
  readonly notifications: ListenerSet<ZkNotification>;
  /** Each new connection: what the server watched for the old one it watches no more. */
  readonly connections: ListenerSet<void>;

  /** @param onError gets what a listener throws, which is a fault of ours. */
  constructor(
    private readonly options: ZkSessionOptions,
    onError: (error: unknown) => void,
  ) {
    this.notifications = new ListenerSet(onError);
    this.connections = new ListenerSet(onError);
  }

  /** 0n before the first connection, and after the end of a session until the next one. */
  get id(): bigint {
    return this.key.id;
  }

  /**
   * Sends a request once and waits for its answer. UNAVAILABLE when no server can be reached, or the connection ends
   * before the answer: the request may then have been carried out.
   */
  async call(
    op: number,
    path: string,
    write: (writer: JuteWriter) => void,
    { signal, timeoutMs = callTimeoutMs }: ZkCallSettings = {},
  ): Promise<ZkAnswer & { grant: ZkGrant }> {
    return this.limited(`request for ${path}`, signal, timeoutMs, async (gone) => {
      const wire = await this.connected();
      // A caller that has given up must not see its write done later.
      if (gone()) throw interruptedCall();
      const grant = this.grant as ZkGrant;
      return { ...(await wire.send(op, path, write)), grant };
    });
  }

  /** Ends the session, so that what is ephemeral goes at once, if the server can be reached. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort(connClosed());
    for (const waiter of this.waiters) waiter.reject(connClosed());
    this.grant?.lose('its connection was closed');
    const { wire } = this;
    if (wire) {
      const bye = wire.send(ZkOp.closeSession, 'the session', () => undefined);
      const cancelTimer = systemClock.after(closeTimeoutMs, () => wire.destroy());
      // Refused or not answered: the session then ends by its timeout.
      await bye.catch(() => undefined);
      cancelTimer();
      wire.destroy();
    }
    await this.running;
    this.notifications.clear();
    this.connections.clear();
  }

  private async connected(): Promise<ZkWire> {
    if (this.closing.signal.aborted) throw connClosed();
    this.running ??= this.run();
    if (this.wire) return this.wire;
    if (this.failure) throw this.failure;
    const waiter = new Deferred<ZkWire>();
    this.waiters.add(waiter);
    try {
      return await waiter.promise;
    } finally {
      this.waiters.delete(waiter);
    }
  }

  private async run(): Promise<void> {
    const { addresses } = this.options;
    const backoff = new Backoff({ initialMs: 50, maxMs: 500 });
    const { signal } = this.closing;
    for (let at = 0, failed = 0; !signal.aborted;) {
      try {
        const wire = await this.open(addresses[at % addresses.length]);
        if (wire) {
          failed = 0;
          backoff.reset();
          await this.use(wire);
          at++;
        }
      } catch (error) {
        at++;
        if (++failed >= addresses.length) this.failWaiters(asVtError(error));
      }
      if (!signal.aborted) await sleep(backoff.next(), signal).catch(() => undefined);
    }
  }

  /** Undefined when the server said that the session is over: the next attempt asks for a new one. */
  private async open(address: ZkAddress): Promise<ZkWire | undefined> {
    const { tls, auth, timeoutMs } = this.options;
    const wire = await ZkWire.open({
      address,
      tls,
      auth,
      connectTimeoutMs,
      session: { ...this.key, timeoutMs },
      lastZxid: this.lastZxid,
      onNotification: (notification) => this.notifications.emit(notification),
    });
    if (wire.session.id !== 0n) return wire;
    wire.destroy();
    this.forget('zookeeper has ended its session');
    return undefined;
  }

  private async use(wire: ZkWire): Promise<void> {
    if (this.closing.signal.aborted) {
      wire.destroy();
      return;
    }
    const { id, password, timeoutMs } = wire.session;
    if (this.grant?.id !== id || this.grant.lost.aborted) this.grant = newGrant(id, timeoutMs);
    this.key = { id, password };
    this.wire = wire;
    this.failure = undefined;
    this.watchOverGrant();
    for (const waiter of [...this.waiters]) waiter.resolve(wire);
    this.connections.emit();
    await wire.ended;
    this.wire = undefined;
    this.lastZxid = wire.lastZxid;
    this.confirmedAtMs = wire.confirmedAtMs;
  }

  private failWaiters(error: VtError): void {
    this.failure = error;
    for (const waiter of [...this.waiters]) waiter.reject(error);
  }

  /** The server counts from what it heard last, so from when we sent that, at the earliest. */
  private watchOverGrant(): void {
    this.cancelLoss();
    const { grant } = this;
    if (!grant || grant.lost.aborted) return;
    const confirmedAtMs = this.wire?.confirmedAtMs ?? this.confirmedAtMs;
    const leftMs = confirmedAtMs + grant.timeoutMs - systemClock.monotonic();
    if (leftMs <= 0) {
      this.forget(`zookeeper could not be asked for ${grant.timeoutMs} ms`);
      // Its ephemeral nodes must not come back to life with a session that was given up.
      this.wire?.destroy();
      return;
    }
    this.cancelLoss = systemClock.after(leftMs, () => this.watchOverGrant(), { background: true });
  }

  private forget(why: string): void {
    this.key = { id: 0n, password: Buffer.alloc(16) };
    this.grant?.lose(why);
    this.cancelLoss();
  }

  private async limited<T>(
    what: string,
    signal: AbortSignal | undefined,
    timeoutMs: number,
    work: (gone: () => boolean) => Promise<T>,
  ): Promise<T> {
    let over = false;
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void): void => {
        over = true;
        cancelTimer();
        removeListener();
        settle();
      };
      const cancelTimer = systemClock.after(timeoutMs, () =>
        end(() =>
          reject(
            new VtError(Code.DEADLINE_EXCEEDED, `zookeeper: no answer to a ${what} within ${timeoutMs} ms`),
          ),
        ),
      );
      let removeListener: () => void = () => undefined;
      removeListener = onAbort(signal, () => end(() => reject(interrupted(signal as AbortSignal, what))));
      work(() => over).then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(asVtError(error))),
      );
    });
  }
}

const interruptedCall = (): VtError => new VtError(Code.CANCELED, 'the caller has given up');

function newGrant(id: bigint, timeoutMs: number): ZkGrant & { lose(why: string): void } {
  const controller = connectionController();
  return {
    id,
    timeoutMs,
    lost: controller.signal,
    lose: (why) => controller.abort(new VtError(Code.FAILED_PRECONDITION, why)),
  };
}
