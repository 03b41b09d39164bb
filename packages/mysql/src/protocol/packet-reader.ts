import { MAX_PACKET_PAYLOAD } from './constants';
import { packetTooLarge, packetsOutOfOrder } from './protocol-error';

/** Called with a payload, buf[start, end). The bytes are only valid during the call: copy what is kept. */
export type PayloadHandler = (buf: Buffer, start: number, end: number) => void;

/**
 * Cuts a byte stream into payloads. Packets that lie whole within one chunk are handed on without a copy; the rest is
 * gathered in a buffer that doubles, so that the work stays linear and memory follows what was really sent, not what a
 * header claims. Errors (`SqlError` 1153, 1156) are thrown out of `push`; the stream is unusable after one.
 */
export class PacketReader {
  /** Sequence number that the next packet must have. */
  nextSequence = 0;
  private held: Buffer = Buffer.alloc(0);
  private heldLength = 0;
  /** Payload of the packets before this one, when a payload spans several. */
  private joined: Buffer = Buffer.alloc(0);
  private joinedLength = 0;
  private stopped = false;

  constructor(
    private readonly onPayload: PayloadHandler,
    /** Longest payload that is taken, in bytes; may be changed between packets. */
    public maxPayloadBytes: number,
  ) {}

  /** True between two packets: no part of one is held. */
  get atBoundary(): boolean {
    return this.heldLength === 0 && this.joinedLength === 0;
  }

  /** Nothing is delivered after this, not even the rest of the chunk in hand. */
  stop(): void {
    this.stopped = true;
    this.held = this.joined = Buffer.alloc(0);
    this.heldLength = this.joinedLength = 0;
  }

  /** Delivers from a stopped reader again. */
  restart(): void {
    this.stopped = false;
  }

  /** Returns how much of the chunk was used: all of it, unless the reader was stopped meanwhile. */
  push(chunk: Buffer, length: number = chunk.length): number {
    let at = 0;
    if (this.heldLength > 0) {
      at = this.completeHeld(chunk, length);
      if (this.heldLength > 0) return length;
    }
    while (length - at >= 4 && !this.stopped) {
      const size = chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16);
      this.checkHeader(size, chunk[at + 3]);
      const end = at + 4 + size;
      if (end > length) break;
      this.take(chunk, at + 4, end, chunk[at + 3]);
      at = end;
    }
    if (this.stopped) return at;
    if (at < length) this.hold(chunk, at, length);
    return length;
  }

  /** Fills up the held packet from the chunk and delivers it when whole. Returns how far the chunk was used. */
  private completeHeld(chunk: Buffer, length: number): number {
    let at = 0;
    if (this.heldLength < 4) {
      at = Math.min(4 - this.heldLength, length);
      this.hold(chunk, 0, at);
      if (this.heldLength < 4) return at;
    }
    const held = this.held;
    const size = held[0] | (held[1] << 8) | (held[2] << 16);
    this.checkHeader(size, held[3]);
    const to = Math.min(length, at + size + 4 - this.heldLength);
    this.hold(chunk, at, to);
    if (this.heldLength < size + 4) return to;
    const whole = this.held;
    this.held = Buffer.alloc(0);
    this.heldLength = 0;
    this.take(whole, 4, size + 4, whole[3]);
    return to;
  }

  /** Looks at a header as soon as it is there, so that garbage is refused without waiting for its "payload". */
  private checkHeader(size: number, sequence: number): void {
    if (sequence !== this.nextSequence) throw packetsOutOfOrder();
    if (this.joinedLength + size > this.maxPayloadBytes) throw packetTooLarge();
  }

  private hold(chunk: Buffer, from: number, to: number): void {
    this.held = append(this.held, this.heldLength, chunk, from, to);
    this.heldLength += to - from;
  }

  private take(buf: Buffer, start: number, end: number, sequence: number): void {
    this.nextSequence = (sequence + 1) & 0xff;
    const more = end - start === MAX_PACKET_PAYLOAD;
    if (!more && this.joinedLength === 0) {
      this.onPayload(buf, start, end);
      return;
    }
    this.joined = append(this.joined, this.joinedLength, buf, start, end);
    this.joinedLength += end - start;
    if (more) return;
    const whole = this.joined;
    const length = this.joinedLength;
    this.joined = Buffer.alloc(0);
    this.joinedLength = 0;
    this.onPayload(whole, 0, length);
  }
}

function append(to: Buffer, used: number, chunk: Buffer, from: number, end: number): Buffer {
  const needed = used + end - from;
  if (to.length < needed) {
    const larger = Buffer.allocUnsafe(Math.max(needed, to.length * 2, 64));
    to.copy(larger, 0, 0, used);
    to = larger;
  }
  to.set(chunk.subarray(from, end), used);
  return to;
}
