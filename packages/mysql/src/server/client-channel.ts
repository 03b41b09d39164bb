import type { Socket } from 'node:net';
import { CompressedReader, CompressedWriter } from './compression';
import type { TlsUpgrade } from './tls-upgrade';

export interface ChannelEvents {
  data(chunk: Buffer): void;
  /** What came cannot be read any more. */
  failed(error: unknown): void;
  /** The client is gone, or will send no more. */
  ended(): void;
  timeout(): void;
  drain(): void;
}

/** The bytes of one client: on a plain socket, then perhaps encrypted, then perhaps compressed. */
export class ClientChannel {
  private writer: CompressedWriter | null = null;
  private reader: CompressedReader | null = null;
  private encrypted = false;
  private paused = false;

  constructor(
    private socket: Socket,
    private readonly events: ChannelEvents,
  ) {
    this.attach();
  }

  get isEncrypted(): boolean {
    return this.encrypted;
  }

  get needsDrain(): boolean {
    return this.socket.writableNeedDrain || this.writer?.needsDrain === true;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** Goes on encrypted; `ahead` has been read and belongs to it. */
  startTls(upgrade: TlsUpgrade, ahead: Buffer): void {
    const plain = this.socket;
    plain.removeListener('data', this.onData);
    upgrade.start(plain, ahead, (secure) => {
      this.socket = secure;
      this.encrypted = true;
      plain.removeListener('end', this.onEnd);
      this.attach();
    });
  }

  /** Everything from now on is compressed, both ways. `maxBytes`: of one piece. */
  startCompression(maxBytes: number): void {
    this.writer = new CompressedWriter((piece) => this.socket.write(piece), this.onDrain);
    this.reader = new CompressedReader(
      (bytes) => this.events.data(bytes),
      (error) => this.events.failed(error),
      () => {
        if (!this.paused) this.socket.resume();
      },
      maxBytes,
    );
  }

  /** An answer begins: its pieces are counted from those of its command. */
  answerStarts(): void {
    if (this.writer !== null && this.reader !== null) this.writer.sequence = this.reader.sequence;
  }

  write(bytes: Buffer): void {
    if (this.writer === null) this.socket.write(bytes);
    else this.writer.write(bytes);
  }

  /** Writes pieces in order, in one go where that is possible. */
  writeAll(pieces: readonly Buffer[]): void {
    this.socket.cork();
    for (const piece of pieces) this.write(piece);
    this.socket.uncork();
  }

  setTimeout(ms: number): void {
    this.socket.setTimeout(ms);
  }

  pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.reader?.isBusy !== true) this.socket.resume();
  }

  destroy(): void {
    this.reader?.stop();
    this.socket.destroy();
  }

  /** Sends what was written and closes our side; whatever the client does, it is over after `limitMs`. */
  linger(limitMs: number): void {
    const { socket } = this;
    this.reader?.stop();
    const timer = setTimeout(() => socket.destroy(), limitMs);
    socket.once('close', () => clearTimeout(timer));
    socket.resume();
    if (this.writer === null) socket.end();
    else void this.writer.flushed().then(() => socket.end());
  }

  private attach(): void {
    const { socket } = this;
    socket.on('data', this.onData);
    socket.on('error', this.onEnd);
    socket.on('close', this.onEnd);
    socket.on('end', this.onEnd);
    socket.on('timeout', this.onTimeout);
    socket.on('drain', this.onDrain);
  }

  private readonly onData = (chunk: Buffer): void => {
    const { reader } = this;
    if (reader === null) return this.events.data(chunk);
    reader.push(chunk);
    if (reader.isBusy) this.socket.pause();
  };

  private readonly onEnd = (): void => this.events.ended();

  private readonly onTimeout = (): void => this.events.timeout();

  private readonly onDrain = (): void => this.events.drain();
}
