import type { ClientChannel } from './client-channel';

/** Total up to which pieces are joined rather than handed to the system one by one. */
const JOIN_BYTES = 64 * 1024;

/** Output of a connection: pieces gather until they are flushed, so that an answer leaves in one write. */
export class Outbox {
  private pieces: Buffer[] = [];
  private bytes = 0;
  private scheduled = false;
  private waiter: (() => void) | null = null;
  private closed = false;

  constructor(
    private readonly channel: ClientChannel,
    private readonly idleTimeoutMs: number,
    /** A client that reads nothing for so long makes the socket emit `timeout` while we wait. */
    private readonly writeTimeoutMs: number,
  ) {}

  get isClosed(): boolean {
    return this.closed;
  }

  /** True while the client is waited for to read on. */
  get isWaiting(): boolean {
    return this.waiter !== null;
  }

  add(piece: Buffer): void {
    if (this.closed) return;
    this.pieces.push(piece);
    this.bytes += piece.length;
  }

  /** Writes what was added. */
  readonly flush = (): void => {
    this.scheduled = false;
    const { pieces, channel } = this;
    if (pieces.length === 0 || this.closed) return;
    this.pieces = [];
    const total = this.bytes;
    this.bytes = 0;
    if (pieces.length === 1) {
      channel.write(pieces[0]);
    } else if (total <= JOIN_BYTES) {
      channel.write(Buffer.concat(pieces, total));
    } else {
      channel.writeAll(pieces);
    }
  };

  /** Flushes after the work at hand, unless it is done before; at once when there is much. */
  flushSoon(): void {
    if (this.bytes >= JOIN_BYTES) return this.flush();
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    setImmediate(this.flush);
  }

  /** True when the client reads slower than we write: wait for `drained` before adding more. */
  get needsDrain(): boolean {
    return !this.closed && this.channel.needsDrain;
  }

  /** Resolves when all that was flushed is with the system, or the connection is closed. */
  drained(): Promise<void> {
    if (!this.needsDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.channel.setTimeout(this.writeTimeoutMs);
      this.waiter = resolve;
    });
  }

  /** Nothing is written any more. */
  close(): void {
    this.closed = true;
    this.pieces = [];
    this.wake();
  }

  /** The client reads again. */
  readonly wake = (): void => {
    const waiter = this.waiter;
    if (waiter === null) return;
    this.waiter = null;
    this.channel.setTimeout(this.idleTimeoutMs);
    waiter();
  };
}
