import { Code, VtError } from '@vitess-ts/vterrors';
import type { WireReader } from './wire-reader';

interface Unfinished {
  pieces: Buffer[];
  bytes: number;
}

/** Puts frames together that came in pieces. */
export class Fragments {
  private readonly frames = new Map<number, Unfinished>();

  /** @param maxBytes of one frame */
  constructor(private readonly maxBytes: number) {}

  /** Takes in a `vtpipeline.Fragment`; gives the frame when it is whole. Throws RESOURCE_EXHAUSTED when it is too large. */
  add(id: number, reader: WireReader): Buffer | undefined {
    let data: Buffer = NO_BYTES;
    let last = false;
    while (reader.next()) {
      if (reader.field === 1) data = reader.bytes();
      else if (reader.field === 2) last = reader.varint() !== 0;
      else reader.skip();
    }
    const frame = this.frames.get(id) ?? { pieces: [], bytes: 0 };
    this.frames.set(id, frame);
    frame.bytes += data.length;
    if (last) this.frames.delete(id);
    if (frame.bytes > this.maxBytes) {
      // What is still to come is counted and dropped.
      frame.pieces.length = 0;
      if (!last) return undefined;
      throw new VtError(
        Code.RESOURCE_EXHAUSTED,
        `a message of ${frame.bytes} bytes is larger than the limit of ${this.maxBytes}`,
      );
    }
    frame.pieces.push(data);
    return last ? Buffer.concat(frame.pieces, frame.bytes) : undefined;
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);
