import { WireReader } from './wire-reader';

/** One frame of either side. */
export interface Frame {
  id: number;
  timeoutMs: number;
  traceparent: string;
  /** Field number of what the frame holds; 0 for nothing that is known. */
  kind: number;
  /** Of what it holds. */
  start: number;
  end: number;
}

/** Numbers from here on are what a frame holds; those below are about it. */
const FIRST_KIND = 10;

/** The frames of a batch, in order. Throws INVALID_ARGUMENT for bytes that are none. */
export function readBatch(batch: Buffer, onFrame: (buffer: Buffer, frame: Frame) => void): void {
  const reader = new WireReader(batch);
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const end = reader.bytesEnd();
    onFrame(batch, readFrame(batch, reader.at, end));
    reader.at = end;
  }
}

export function readFrame(buffer: Buffer, at: number, end: number): Frame {
  const reader = new WireReader(buffer, at, end);
  const frame: Frame = { id: 0, timeoutMs: 0, traceparent: '', kind: 0, start: end, end };
  while (reader.next()) {
    if (reader.field === 1) frame.id = reader.varint();
    else if (reader.field === 2) frame.timeoutMs = reader.varint();
    else if (reader.field === 3) frame.traceparent = reader.string();
    else if (reader.field >= FIRST_KIND) {
      frame.kind = reader.field;
      frame.end = reader.bytesEnd();
      frame.start = reader.at;
      reader.at = frame.end;
    } else reader.skip();
  }
  return frame;
}
