import { status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { Hello, Opened } from '@vitess-ts/proto/vtpipeline';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { CallContext, OpenedResult } from '../query-service';
import { NotSentError, abortedError, errorOfCall } from '../rpc-error';
import { callErrorOf, decodeCallError } from './call-error';
import { atomicAnswers, decodeAtomicAnswer } from './atomic-frames';
import { Fragments } from './fragments';
import { FrameSink } from './frame-sink';
import { readBatch, readFrame, type Frame } from './frame-reader';
import { PendingAnswer, PendingStream, type CallOwner, type PendingCall } from './pending-call';
import { Answer, Call, PIPELINE_VERSION, STREAM_WINDOW } from './pipeline-definition';
import { KnownHeaders, readResult } from './result-codec';
import { WireReader } from './wire-reader';
import type { WireWriter } from './wire-writer';

/** Calls under way on one stream at most. */
const MAX_CALLS = 20_000;
/** How often deadlines are looked at. */
const SWEEP_MS = 100;

export interface ClientStreamEvents {
  /** No new calls may be made on it. */
  onGoAway(): void;
  onClosed(): void;
}

/** One stream of a pipeline, on the side that calls. */
export class ClientStream implements CallOwner {
  /** Resolves when calls may be made; rejects when the stream failed before. */
  readonly ready: Promise<void>;
  private readonly sink: FrameSink;
  private readonly headers = new KnownHeaders();
  private readonly fragments: Fragments;
  private readonly pending = new Map<number, PendingCall>();
  private lastId = 0;
  private closed = false;
  private leaving = false;
  private sweeper: NodeJS.Timeout | undefined;
  private greeted: () => void = () => undefined;
  private refused: (error: Error) => void = () => undefined;

  constructor(
    private readonly stream: ClientDuplexStream<Buffer, Buffer>,
    maxFrameBytes: number,
    private readonly events: ClientStreamEvents,
  ) {
    this.fragments = new Fragments(maxFrameBytes);
    this.sink = new FrameSink((batch) => stream.write(batch), Call.FRAGMENT);
    this.ready = new Promise((resolve, reject) => {
      this.greeted = resolve;
      this.refused = reject;
    });
    stream.on('data', (batch: Buffer) => this.read(batch));
    stream.on('drain', () => this.sink.drained());
    stream.on('error', (error: ServiceError) => this.close(error));
    stream.on('end', () => this.close(undefined));
    const hello = this.sink.begin(0);
    hello.bytes(Call.HELLO, Hello.encode({ version: PIPELINE_VERSION, window: STREAM_WINDOW }).finish());
    this.sink.end();
  }

  /** A call that has one answer; `write` writes what it asks. */
  ask<T>(ctx: CallContext, write: (out: WireWriter) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refused = this.refusal(ctx);
      if (refused !== undefined) return reject(refused);
      this.send(ctx, write);
      this.add(new PendingAnswer<T>(this.lastId, this, ctx, resolve, reject));
    });
  }

  /** A call whose results come in parts. */
  open(ctx: CallContext, write: (out: WireWriter) => void): PendingStream {
    const refused = this.refusal(ctx);
    if (refused !== undefined) throw refused;
    this.send(ctx, write);
    const call = new PendingStream(this.lastId, this, ctx);
    this.add(call);
    return call;
  }

  cancel(call: PendingCall): void {
    if (!this.pending.delete(call.id)) return;
    this.sink.begin(call.id).bytes(Call.CANCEL, NOTHING);
    this.sink.end();
    this.leaveWhenIdle();
  }

  credit(call: PendingCall, results: number): void {
    if (this.closed) return;
    const out = this.sink.begin(call.id);
    const start = out.open(Call.CREDIT);
    out.number(1, results);
    out.close(start);
    this.sink.end();
  }

  /** Ends the stream when its last call has ended; no new ones are made. */
  leave(): void {
    this.leaving = true;
    this.leaveWhenIdle();
  }

  /** Ends the stream and the calls on it. */
  destroy(): void {
    this.stream.cancel();
    this.close(undefined);
  }

  private refusal({ signal }: CallContext): Error | undefined {
    if (signal?.aborted) return abortedError(signal);
    if (this.closed) return notSent(Code.UNAVAILABLE, 'the connection to the tablet is closed');
    if (this.pending.size >= MAX_CALLS)
      return notSent(Code.RESOURCE_EXHAUSTED, `${MAX_CALLS} calls wait for the tablet`);
    return undefined;
  }

  private send({ timeoutMs, traceparent }: CallContext, write: (out: WireWriter) => void): void {
    const out = this.sink.begin(++this.lastId);
    // 0 is no limit; what is longer than 49 days is none, either.
    if (timeoutMs !== undefined && timeoutMs < 2 ** 32) out.number(2, Math.max(1, Math.ceil(timeoutMs)));
    if (traceparent !== undefined) out.string(3, traceparent);
    try {
      write(out);
    } catch (error) {
      this.sink.abandon();
      throw error;
    }
    this.sink.end();
  }

  private add(call: PendingCall): void {
    this.pending.set(call.id, call);
    if (this.sweeper === undefined && call.deadlineMs !== Infinity) {
      this.sweeper = setInterval(this.sweep, SWEEP_MS);
      this.sweeper.unref();
    }
  }

  private readonly sweep = (): void => {
    const nowMs = performance.now();
    for (const call of this.pending.values()) if (call.deadlineMs < nowMs) call.expire();
    if (this.pending.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };

  private leaveWhenIdle(): void {
    if (!this.leaving || this.closed || this.pending.size > 0) return;
    this.sink.finish();
    this.stream.end();
  }

  private read(batch: Buffer): void {
    try {
      readBatch(batch, this.onFrame);
    } catch (error) {
      // What comes after it cannot be made out.
      this.stream.cancel();
      this.close(error as ServiceError);
    }
    this.leaveWhenIdle();
  }

  private readonly onFrame = (buffer: Buffer, frame: Frame): void => {
    const { id, kind } = frame;
    const reader = new WireReader(buffer, frame.start, frame.end);
    if (kind === Answer.HEADER) return this.headers.define(reader);
    if (kind === Answer.FRAGMENT) return this.onFragment(id, reader);
    if (kind === Answer.HELLO) return this.onHello(Hello.decode(buffer.subarray(frame.start, frame.end)));
    if (kind === Answer.GO_AWAY) {
      this.events.onGoAway();
      return this.leave();
    }
    const call = this.pending.get(id);
    // Its caller has given it up.
    if (call === undefined) return;
    if (call instanceof PendingStream && kind === Answer.RESULT) {
      call.add(readResult(reader, this.headers, call.columns));
      return;
    }
    this.pending.delete(id);
    if (kind === Answer.ERROR) {
      return call.fail(decodeCallError(buffer.subarray(frame.start, frame.end)));
    }
    if (call instanceof PendingStream) call.end();
    else if (kind === Answer.RESULT)
      (call as PendingAnswer<Result>).succeed(readResult(reader, this.headers, 0));
    else if (kind === Answer.OPENED)
      (call as PendingAnswer<OpenedResult>).succeed(this.readOpened(buffer, frame));
    else if (kind === Answer.ENDED) (call as PendingAnswer<bigint>).succeed(readEnded(reader));
    else if (atomicAnswers.has(kind)) {
      (call as PendingAnswer<unknown>).succeed(
        decodeAtomicAnswer(kind, buffer.subarray(frame.start, frame.end)),
      );
    } else call.fail(new VtError(Code.INTERNAL, `the tablet answered with something of kind ${kind}`));
  };

  private onFragment(id: number, reader: WireReader): void {
    try {
      const whole = this.fragments.add(id, reader);
      if (whole !== undefined) this.onFrame(whole, readFrame(whole, 0, whole.length));
    } catch (error) {
      if (!(error instanceof VtError) || error.code !== Code.RESOURCE_EXHAUSTED) throw error;
      const call = this.pending.get(id);
      this.pending.delete(id);
      call?.fail(error);
    }
  }

  private onHello({ version }: Hello): void {
    if (version === PIPELINE_VERSION) return this.greeted();
    throw new VtError(
      Code.UNIMPLEMENTED,
      `the tablet's pipeline has version ${version}, not ${PIPELINE_VERSION}`,
    );
  }

  private readOpened(buffer: Buffer, frame: Frame): OpenedResult {
    const reader = new WireReader(buffer, frame.start, frame.end);
    let result: Result | undefined;
    while (reader.next()) {
      if (reader.field !== 5) {
        reader.skip();
        continue;
      }
      const end = reader.bytesEnd();
      result = readResult(new WireReader(buffer, reader.at, end), this.headers, 0);
      reader.at = end;
    }
    const opened = Opened.decode(buffer.subarray(frame.start, frame.end));
    const { transactionId, reservedId, tabletAlias, sessionStateChanges } = opened;
    const error = opened.error && callErrorOf(opened.error);
    return {
      transactionId,
      reservedId,
      tabletAlias,
      sessionStateChanges,
      result: error ? undefined : result,
      error,
    };
  }

  private close(cause: ServiceError | VtError | undefined): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.sweeper);
    this.sink.close();
    const error = cause instanceof VtError ? cause : lostStream(cause);
    this.refused(error);
    for (const call of this.pending.values()) call.fail(error);
    this.pending.clear();
    this.events.onClosed();
  }
}

const NOTHING = new Uint8Array(0);

function readEnded(reader: WireReader): bigint {
  let reservedId = 0n;
  while (reader.next()) {
    if (reader.field === 1) reservedId = reader.int64();
    else reader.skip();
  }
  return reservedId;
}

function lostStream(cause: ServiceError | undefined): Error {
  // Nobody has canceled it on this side: a server that is shut down by force does.
  if (cause === undefined || cause.code === status.CANCELLED) {
    return new VtError(Code.UNAVAILABLE, 'the connection to the tablet was lost', { cause });
  }
  return errorOfCall(cause);
}

function notSent(code: Code, message: string): VtError {
  return new VtError(code, message, { cause: new NotSentError(message) });
}
