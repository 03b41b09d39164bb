import { WireWriter } from './wire-writer';

/** Batches are about this large at most; more is written at once. */
const BATCH_BYTES = 64 * 1024;
/** A larger frame is cut into fragments, between which other frames go. */
const MAX_FRAME_BYTES = 128 * 1024;
const FRAGMENT_BYTES = 64 * 1024;
/** Fragments in one turn of the event loop. */
const FRAGMENTS_A_TURN = 4;

/** Number of the repeated frames within a batch, and of `id` within a frame. */
const FRAMES = 1;
const ID = 1;

interface Large {
  id: number;
  data: Buffer;
  at: number;
}

/**
 * Gathers the frames of one turn of the event loop into one message of the stream. Frames leave in the order in which
 * they were written, but for large ones, which leave in fragments when nothing else waits.
 */
export class FrameSink {
  readonly out = new WireWriter();
  private readonly sealed: Buffer[] = [];
  private readonly large: Large[] = [];
  private start = 0;
  private id = 0;
  private scheduled = false;
  private blocked = false;
  private closed = false;

  /**
   * @param write sends one message; false: wait for `drained`
   * @param fragmentField number of `Fragment` within a frame
   */
  constructor(
    private readonly write: (batch: Buffer) => boolean,
    private readonly fragmentField: number,
  ) {}

  /** Begins a frame, whose fields the caller writes to `out`; `end` ends it. */
  begin(id: number): WireWriter {
    this.start = this.out.open(FRAMES);
    this.id = id;
    this.out.number(ID, id);
    return this.out;
  }

  end(): void {
    const { out, start } = this;
    if (out.at - start > MAX_FRAME_BYTES) this.setAside();
    else out.close(start);
    if (out.at > BATCH_BYTES) this.seal();
    this.schedule();
  }

  /** Ends a frame that others depend on: it leaves in its place however large it is. */
  endWhole(): void {
    this.out.close(this.start);
    this.schedule();
  }

  /** Takes back a frame whose writing has failed. */
  abandon(): void {
    this.out.at = this.start - TAG_AND_LENGTH;
  }

  /** True while a large frame, or a part of one, is still to be sent. */
  get hasLarge(): boolean {
    return this.large.length > 0;
  }

  /** The stream takes messages again. */
  drained(): void {
    this.blocked = false;
    this.flush();
  }

  /** Writes what is left, large frames too, and then nothing any more. */
  finish(): void {
    while (this.large.length > 0) this.fragment();
    this.seal();
    for (const batch of this.sealed.splice(0)) this.write(batch);
    this.close();
  }

  /** Nothing is written any more; what waits is dropped. */
  close(): void {
    this.closed = true;
    this.sealed.length = 0;
    this.large.length = 0;
    this.out.at = 0;
  }

  /** Moves the frame in hand out of the batch, to be sent in pieces. */
  private setAside(): void {
    const { out, start } = this;
    const data = Buffer.from(out.buffer.subarray(start, out.at));
    out.at = start - TAG_AND_LENGTH;
    this.large.push({ id: this.id, data, at: 0 });
  }

  private seal(): void {
    if (this.out.at > 0) this.sealed.push(this.out.take());
  }

  private schedule(): void {
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.scheduled = false;
    this.flush();
  };

  private flush(): void {
    if (this.blocked || this.closed) return;
    this.seal();
    this.send();
    for (let i = 0; i < FRAGMENTS_A_TURN && this.large.length > 0 && !this.blocked; i++) {
      this.fragment();
      this.seal();
      this.send();
    }
    if (this.large.length > 0 && !this.blocked) this.schedule();
  }

  private send(): void {
    while (this.sealed.length > 0 && !this.blocked && !this.closed) {
      this.blocked = !this.write(this.sealed.shift() as Buffer);
    }
  }

  /** Writes one piece of the first large frame, which then goes behind the others. */
  private fragment(): void {
    const { out } = this;
    const frame = this.large.shift() as Large;
    const end = Math.min(frame.at + FRAGMENT_BYTES, frame.data.length);
    const last = end === frame.data.length;
    const start = out.open(FRAMES);
    out.number(ID, frame.id);
    const fragment = out.open(this.fragmentField);
    out.bytes(1, frame.data.subarray(frame.at, end));
    out.flag(2, last);
    out.close(fragment);
    out.close(start);
    frame.at = end;
    if (!last) this.large.push(frame);
  }
}

/** What `open` writes before a message's first byte: a tag of one byte and the length. */
const TAG_AND_LENGTH = 5;
