import * as net from 'node:net';
import * as tls from 'node:tls';
import type { ConnectOptions } from './options';

const READ_BUFFER_BYTES = 64 * 1024;

export interface TransportEvents {
  connected(): void;
  /** buf[0, length) was read; valid only during the call. */
  data(buf: Buffer, length: number): void;
  /** The socket is gone; `error` when it did not end by itself. */
  closed(error: Error | null): void;
}

/** The socket below a connection. Reads into one buffer of its own, unless TLS needs the stream interface. */
export class Transport {
  private socket: net.Socket;
  private lastError: Error | null = null;

  constructor(
    options: Pick<ConnectOptions, 'socketPath' | 'host' | 'port' | 'ssl'>,
    private readonly events: TransportEvents,
  ) {
    const target: net.NetConnectOpts =
      options.socketPath !== undefined
        ? { path: options.socketPath }
        : { host: options.host ?? '127.0.0.1', port: options.port ?? 3306, noDelay: true, keepAlive: true };
    if (options.ssl === undefined) {
      const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
      const callback = (length: number): boolean => {
        this.events.data(buffer, length);
        return true;
      };
      this.socket = net.connect({ ...target, onread: { buffer, callback } });
    } else {
      this.socket = net.connect(target);
      this.socket.on('data', this.onData);
    }
    this.socket.once('connect', () => this.events.connected());
    this.socket.on('error', this.onError);
    this.socket.once('close', this.onClose);
  }

  private readonly onData = (chunk: Buffer): void => this.events.data(chunk, chunk.length);

  private readonly onError = (error: Error): void => {
    this.lastError = error;
  };

  private readonly onClose = (): void => this.events.closed(this.lastError);

  /** Goes on encrypted; `ready` is called when the other side is verified. Failures come as `closed`. */
  startTls(options: tls.ConnectionOptions, ready: () => void): void {
    const plain = this.socket;
    plain.removeListener('data', this.onData);
    plain.removeListener('close', this.onClose);
    const secure = tls.connect({ ...options, socket: plain });
    secure.on('data', this.onData);
    secure.on('error', this.onError);
    secure.once('close', this.onClose);
    secure.once('secureConnect', ready);
    this.socket = secure;
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Sends the bytes, then closes. */
  end(bytes: Uint8Array): void {
    this.socket.end(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }
}
