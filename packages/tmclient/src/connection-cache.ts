import type { Client } from '@grpc/grpc-js';
import { systemClock, type CancelTimer, type Clock } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';

export interface ConnectionCacheOptions {
  /** Opens a connection to `host:port`. */
  open(address: string): Client;
  /** Connections without a call for this time are closed. */
  idleTimeoutMs: number;
  /** Most connections; over it, the one idle for longest is closed, or UNAVAILABLE when all are in use. */
  capacity: number;
  clock?: Clock;
}

interface Connection {
  client: Client;
  calls: number;
  idleSinceMs: number;
}

/** Connections to tablets by address, kept while they are used. */
export class ConnectionCache {
  private readonly connections = new Map<string, Connection>();
  private readonly clock: Clock;
  private cancelSweep?: CancelTimer;
  private closed = false;

  constructor(private readonly options: ConnectionCacheOptions) {
    this.clock = options.clock ?? systemClock;
  }

  get size(): number {
    return this.connections.size;
  }

  /** The connection to an address; `release` when the call is over. */
  acquire(address: string): { client: Client; release: () => void } {
    if (this.closed) throw new VtError(Code.UNAVAILABLE, 'the tablet manager client is closed');
    let connection = this.connections.get(address);
    if (!connection) {
      if (this.connections.size >= this.options.capacity) this.makeRoom();
      connection = { client: this.options.open(address), calls: 0, idleSinceMs: 0 };
      this.connections.set(address, connection);
    }
    const used = connection;
    used.calls++;
    let released = false;
    return {
      client: used.client,
      release: () => {
        if (released) return;
        released = true;
        used.calls--;
        used.idleSinceMs = this.clock.monotonic();
        this.armSweep();
      },
    };
  }

  close(): void {
    this.closed = true;
    this.cancelSweep?.();
    for (const { client } of this.connections.values()) client.close();
    this.connections.clear();
  }

  private makeRoom(): void {
    let oldest: [string, Connection] | undefined;
    for (const entry of this.connections) {
      if (entry[1].calls === 0 && (!oldest || entry[1].idleSinceMs < oldest[1].idleSinceMs)) oldest = entry;
    }
    if (!oldest) {
      const { capacity } = this.options;
      throw new VtError(Code.UNAVAILABLE, `all ${capacity} connections to tablets are in use`);
    }
    this.drop(...oldest);
  }

  private drop(address: string, connection: Connection): void {
    this.connections.delete(address);
    connection.client.close();
  }

  private armSweep(): void {
    if (this.cancelSweep || this.closed || this.connections.size === 0) return;
    const everyMs = Math.max(10, this.options.idleTimeoutMs / 4);
    const sweep = (): void => {
      this.cancelSweep = undefined;
      const idleLongerThanMs = this.clock.monotonic() - this.options.idleTimeoutMs;
      for (const [address, connection] of this.connections) {
        if (connection.calls === 0 && connection.idleSinceMs <= idleLongerThanMs)
          this.drop(address, connection);
      }
      this.armSweep();
    };
    this.cancelSweep = this.clock.after(everyMs, sweep, { background: true });
  }
}
