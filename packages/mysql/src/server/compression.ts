import { promisify } from 'node:util';
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib';
import { malformedPacket } from '../protocol/protocol-error';

/*
 * The compressed protocol (MySQL manual, Compression): packets are put together into pieces, each with a header of
 * 3 bytes compressed length, 1 byte number, 3 bytes length before (0: it is not compressed).
 */

const HEADER = 7;
/** Shorter ones are sent as they are, as servers do. */
const MIN_COMPRESS = 50;
/** Bytes that are compressed at once; larger writes are cut. */
const PIECE = 64 * 1024;
/** More than this in one go would hold up others, and goes to a thread. */
const SYNC_BYTES = 128 * 1024;
/** Bytes that wait for a thread before the writer must wait. */
const HIGH_WATER = 1024 * 1024;

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate) as (data: Buffer, options: object) => Promise<Buffer>;

/** Makes compressed pieces of what is written, in order. */
export class CompressedWriter {
  /** Number of the next piece; the first of an answer follows that of its command. */
  sequence = 0;
  private queue: Promise<void> | null = null;
  private waitingBytes = 0;

  constructor(
    private readonly out: (piece: Buffer) => void,
    private readonly onDrain: () => void,
  ) {}

  get needsDrain(): boolean {
    return this.waitingBytes > HIGH_WATER;
  }

  write(bytes: Buffer): void {
    if (this.queue === null && bytes.length <= SYNC_BYTES) {
      for (const piece of pieces(bytes)) {
        this.send(piece, piece.length < MIN_COMPRESS ? piece : deflateSync(piece, FAST));
      }
      return;
    }
    this.waitingBytes += bytes.length;
    const before = this.queue ?? Promise.resolve();
    const mine: Promise<void> = before
      .then(() => this.compressLater(bytes))
      .then(() => this.written(mine, bytes.length));
    this.queue = mine;
  }

  /** Resolves when all that was written is on its way. */
  flushed(): Promise<void> {
    return this.queue ?? Promise.resolve();
  }

  private written(mine: Promise<void>, bytes: number): void {
    const needed = this.needsDrain;
    this.waitingBytes -= bytes;
    if (this.queue === mine) this.queue = null;
    if (needed && !this.needsDrain) this.onDrain();
  }

  private async compressLater(bytes: Buffer): Promise<void> {
    for (const piece of pieces(bytes)) {
      this.send(piece, piece.length < MIN_COMPRESS ? piece : await deflateAsync(piece, FAST));
    }
  }

  private send(plain: Buffer, compressed: Buffer): void {
    const smaller = compressed.length < plain.length;
    const body = smaller ? compressed : plain;
    const piece = Buffer.allocUnsafe(HEADER + body.length);
    piece.writeUIntLE(body.length, 0, 3);
    piece[3] = this.sequence++ & 0xff;
    piece.writeUIntLE(smaller ? plain.length : 0, 4, 3);
    piece.set(body, HEADER);
    this.out(piece);
  }
}

/** A fast level: what is saved beyond it costs more than the network. */
const FAST = { level: 1 };

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/**
 * Takes compressed pieces apart. What is wrong with them (`SqlError`) goes to `failed`, once; nothing comes after it.
 */
export class CompressedReader {
  /** Number behind that of the last piece: what an answer starts with. Packets inside have numbers of their own. */
  sequence = 0;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private busy = false;
  private stopped = false;

  constructor(
    private readonly out: (bytes: Buffer) => void,
    private readonly failed: (error: unknown) => void,
    /** A long piece that was worked on is done: more may come. */
    private readonly idle: () => void,
    /** Longest that a piece may be, before and after compression. */
    private readonly maxBytes: number,
  ) {}

  /** A long piece is worked on: nothing should come until `idle`. */
  get isBusy(): boolean {
    return this.busy;
  }

  stop(): void {
    this.stopped = true;
    this.held = [];
    this.heldBytes = 0;
  }

  push(chunk: Buffer): void {
    this.held.push(chunk);
    this.heldBytes += chunk.length;
    if (!this.busy) this.run();
  }

  private run(): void {
    try {
      while (!this.stopped && this.heldBytes >= HEADER) {
        const head = this.peek();
        const size = head.readUIntLE(0, 3);
        const plainSize = head.readUIntLE(4, 3);
        if (size > this.maxBytes || plainSize > this.maxBytes) throw malformedPacket('a piece is too long');
        if (this.heldBytes < HEADER + size) return;
        const body = this.take(HEADER + size).subarray(HEADER);
        this.sequence = (head[3] + 1) & 0xff;
        if (plainSize === 0) this.out(body);
        else if (plainSize <= SYNC_BYTES) this.out(checked(inflateSync(body, limit(plainSize)), plainSize));
        else return this.inflateLater(body, plainSize);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private inflateLater(body: Buffer, plainSize: number): void {
    this.busy = true;
    void inflateAsync(body, limit(plainSize)).then(
      (plain) => {
        this.busy = false;
        if (this.stopped) return;
        try {
          this.out(checked(plain, plainSize));
        } catch (error) {
          return this.fail(error);
        }
        this.run();
        if (!this.busy) this.idle();
      },
      (error: unknown) => this.fail(error),
    );
  }

  private fail(error: unknown): void {
    if (this.stopped) return;
    this.stop();
    const isOurs = error instanceof Error && 'errno' in error && 'sqlstate' in error;
    this.failed(isOurs ? error : malformedPacket('a piece cannot be decompressed'));
  }

  private peek(): Buffer {
    if (this.held[0].length < HEADER) this.held = [Buffer.concat(this.held)];
    return this.held[0];
  }

  private take(bytes: number): Buffer {
    const [first] = this.held;
    const whole = first.length >= bytes ? first : Buffer.concat(this.held);
    const rest = whole.subarray(bytes);
    const others = first.length >= bytes ? this.held.slice(1) : [];
    this.held = rest.length > 0 ? [rest, ...others] : others;
    this.heldBytes -= bytes;
    return whole.subarray(0, bytes);
  }
}

const limit = (plainSize: number): { maxOutputLength: number } => ({ maxOutputLength: plainSize });

function checked(plain: Buffer, size: number): Buffer {
  if (plain.length !== size) throw malformedPacket('a piece is not as long as it says');
  return plain;
}
