import { MAX_PACKET_PAYLOAD } from './constants';

/** Bytes on the wire of a payload, with the headers of all its packets. */
export function framedSize(payload: number): number {
  return payload + 4 * (Math.floor(payload / MAX_PACKET_PAYLOAD) + 1);
}

/** Number of packets that a payload takes. A payload of exactly 2^24-1 bytes is followed by an empty packet. */
export function packetCount(payload: number): number {
  return Math.floor(payload / MAX_PACKET_PAYLOAD) + 1;
}

/** Writes the header of a packet and returns the offset after it. */
export function writeHeader(out: Buffer, at: number, payload: number, sequence: number): number {
  out[at] = payload & 0xff;
  out[at + 1] = (payload >>> 8) & 0xff;
  out[at + 2] = payload >>> 16;
  out[at + 3] = sequence & 0xff;
  return at + 4;
}

/**
 * Copies src[from, to) as one payload with its headers into `out`, which must have room for `framedSize`. Returns the
 * offset after it; the sequence has moved by `packetCount`.
 */
export function framePayload(
  out: Buffer,
  at: number,
  src: Uint8Array,
  from: number,
  to: number,
  sequence: number,
): number {
  let start = from;
  while (to - start >= MAX_PACKET_PAYLOAD) {
    at = writeHeader(out, at, MAX_PACKET_PAYLOAD, sequence++);
    out.set(src.subarray(start, start + MAX_PACKET_PAYLOAD), at);
    at += MAX_PACKET_PAYLOAD;
    start += MAX_PACKET_PAYLOAD;
  }
  at = writeHeader(out, at, to - start, sequence);
  return copyBytes(out, at, src, start, to);
}

/** A payload as packets ready to write. */
export function frame(payload: Uint8Array, sequence: number): Buffer {
  const out = Buffer.allocUnsafe(framedSize(payload.length));
  framePayload(out, 0, payload, 0, payload.length, sequence);
  return out;
}

/** Copies src[from, to) to out[at]; short runs without the cost of a view. Returns the offset after them. */
export function copyBytes(out: Buffer, at: number, src: Uint8Array, from: number, to: number): number {
  if (to - from <= 48) {
    while (from < to) out[at++] = src[from++];
    return at;
  }
  out.set(src.subarray(from, to), at);
  return at + (to - from);
}

/** A command packet: its byte, then its argument as UTF-8 text or bytes. */
export function commandPacket(command: number, argument: string | Uint8Array): Buffer {
  const isText = typeof argument === 'string';
  const length = isText ? Buffer.byteLength(argument, 'utf8') : argument.length;
  if (length + 1 < MAX_PACKET_PAYLOAD) {
    const out = Buffer.allocUnsafe(length + 5);
    writeHeader(out, 0, length + 1, 0);
    out[4] = command;
    if (isText) out.write(argument, 5, 'utf8');
    else out.set(argument, 5);
    return out;
  }
  const payload = Buffer.allocUnsafe(length + 1);
  payload[0] = command;
  if (isText) payload.write(argument, 1, 'utf8');
  else payload.set(argument, 1);
  return frame(payload, 0);
}
