import { readFile, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { Code, VtError } from '@vitess-ts/vterrors';

/** Files and rules of TLS to clients. */
export interface ServerTlsOptions {
  /** PEM files. */
  certFile: string;
  keyFile: string;
  /** Authorities of client certificates; with it every client needs one. */
  caFile?: string;
  /** Revoked client certificates. */
  crlFile?: string;
  /** Default TLSv1.2. */
  minVersion?: tls.SecureVersion;
}

/** Files are looked at again at most this often. */
const RELOAD_CHECK_MS = 1000;

/**
 * Turns plain connections of clients into encrypted ones. Changed files count from the next client on; when they cannot
 * be used, the old ones stay.
 */
export class TlsUpgrade {
  private readonly server: tls.Server;
  private readonly waiting = new Map<string, (socket: tls.TLSSocket) => void>();
  private stamp = '';
  private checkedMs = -Infinity;

  private constructor(
    private readonly options: ServerTlsOptions,
    handshakeTimeout: number,
    private readonly onError: (error: unknown) => void,
  ) {
    this.server = tls.createServer({
      requestCert: options.caFile !== undefined,
      rejectUnauthorized: true,
      handshakeTimeout,
    });
    this.server.on('secureConnection', (socket) => this.secured(socket));
    // The plain socket closes with it, which is what its connection waits for.
    this.server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Rejects with INVALID_ARGUMENT when the files cannot be used. */
  static async open(
    options: ServerTlsOptions,
    handshakeTimeoutMs: number,
    onError: (error: unknown) => void,
  ): Promise<TlsUpgrade> {
    const upgrade = new TlsUpgrade(options, handshakeTimeoutMs, onError);
    try {
      await upgrade.load();
      upgrade.stamp = await upgrade.stampOfFiles();
    } catch (error) {
      const text = `cannot use the TLS files of MySQL clients: ${(error as Error).message}`;
      throw new VtError(Code.INVALID_ARGUMENT, text, { cause: error });
    }
    return upgrade;
  }

  /**
   * Goes on encrypted on a TCP socket that nobody reads any more; `ahead` was read of it. `ready` is called once the
   * client has shown what it must; if it never does, the socket closes.
   */
  start(socket: Socket, ahead: Buffer, ready: (secure: tls.TLSSocket) => void): void {
    const key = keyOf(socket);
    this.waiting.set(key, ready);
    socket.once('close', () => this.waiting.delete(key));
    socket.pause();
    if (ahead.length > 0) socket.unshift(ahead);
    void this.reload().then(() => {
      if (!socket.destroyed) this.server.emit('connection', socket);
    });
  }

  private secured(socket: tls.TLSSocket): void {
    const key = keyOf(socket);
    const ready = this.waiting.get(key);
    this.waiting.delete(key);
    if (ready === undefined) socket.destroy();
    else ready(socket);
  }

  private get minVersion(): tls.SecureVersion {
    return this.options.minVersion ?? 'TLSv1.2';
  }

  private async reload(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.checkedMs < RELOAD_CHECK_MS) return;
    this.checkedMs = nowMs;
    try {
      const stamp = await this.stampOfFiles();
      if (stamp === this.stamp) return;
      await this.load();
      this.stamp = stamp;
    } catch (error) {
      this.onError(error);
    }
  }

  private async load(): Promise<void> {
    const { certFile, keyFile, caFile, crlFile } = this.options;
    const [cert, key, ca, crl] = await Promise.all(
      [certFile, keyFile, caFile, crlFile].map((file) => (file === undefined ? undefined : readFile(file))),
    );
    this.server.setSecureContext({ cert, key, ca, crl, minVersion: this.minVersion });
  }

  private async stampOfFiles(): Promise<string> {
    const { certFile, keyFile, caFile, crlFile } = this.options;
    const files = [certFile, keyFile, caFile, crlFile].filter((file) => file !== undefined);
    const stats = await Promise.all(files.map((file) => stat(file)));
    return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join(',');
  }
}

/** Both ends of a TCP connection; the encrypted socket has the same as the plain one. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
