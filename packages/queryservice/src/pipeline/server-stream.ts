import type { ServerDuplexStream } from '@grpc/grpc-js';
import { CommitRequest, ReleaseRequest, RollbackRequest, type PrepareRequest } from '@vitess-ts/proto/query';
import { TabletAlias } from '@vitess-ts/proto/topodata';
import { Hello } from '@vitess-ts/proto/vtpipeline';
import type { Field, Result } from '@vitess-ts/sqltypes';
import { Code, VtError, toServiceError } from '@vitess-ts/vterrors';
import { answerAtomicCall, type AtomicRpc, type AtomicRpcs } from '../atomic-commit';
import type { OpenedResult, QueryService } from '../query-service';
import { atomicCalls, atomicFrames } from './atomic-frames';
import { encodeCallError } from './call-error';
import { ExecuteDecoder } from './execute-codec';
import { Fragments } from './fragments';
import { readBatch, readFrame, type Frame } from './frame-reader';
import { FrameSink } from './frame-sink';
import { Answer, Call, PIPELINE_VERSION } from './pipeline-definition';
import { SentHeaders, writeFields, writeResult } from './result-codec';
import { ServerCall } from './server-call';
import { identified, need, openOn, type Opening } from './server-opening';
import type { TransactionOwners } from './transaction-owners';
import { WireReader } from './wire-reader';
import type { WireWriter } from './wire-writer';

/** Calls under way on one stream at most. What ends something is always taken. */
const MAX_CALLS = 20_000;
/** Results of one call that wait to be sent at most, whatever the client asks for. */
const MAX_WINDOW = 64;
/** How long the end of what nobody has been told of may take. */
const ABANDON_TIMEOUT_MS = 30_000;

/** Calls that opened something and are remembered after their answer: those of about a round trip. */
const MAX_TOLD = 2000;

/** One stream of a pipeline, on the side that answers. */
export class ServerStream {
  private readonly sink: FrameSink;
  private readonly decoder = new ExecuteDecoder();
  private readonly headers = new SentHeaders();
  private readonly fragments: Fragments;
  private readonly calls = new Map<number, ServerCall>();
  /** What was opened and told of, by call, oldest first: the client may have given the call up at the same time. */
  private readonly told = new Map<number, Opening>();
  /** Of the client's `hello`; 0 before it. */
  private window = 0;
  private closed = false;
  private ending = false;

  constructor(
    private readonly stream: ServerDuplexStream<Buffer, Buffer>,
    private readonly service: QueryService,
    private readonly owners: TransactionOwners,
    maxFrameBytes: number,
    private readonly onClosed: () => void,
  ) {
    this.fragments = new Fragments(maxFrameBytes);
    this.sink = new FrameSink((batch) => stream.write(batch), Answer.FRAGMENT);
    stream.on('data', (batch: Buffer) => this.read(batch));
    stream.on('drain', () => this.sink.drained());
    stream.on('end', () => {
      this.ending = true;
      this.endWhenIdle();
    });
    stream.on('cancelled', () => this.close());
    stream.on('error', () => this.close());
    stream.on('close', () => this.close());
  }

  goAway(): void {
    if (this.closed) return;
    this.sink.begin(0).bytes(Answer.GO_AWAY, NOTHING);
    this.sink.end();
  }

  private read(batch: Buffer): void {
    try {
      readBatch(batch, this.onFrame);
    } catch (error) {
      // What comes after it cannot be made out.
      this.stream.emit('error', toServiceError(error));
      this.close();
    }
  }

  private readonly onFrame = (buffer: Buffer, frame: Frame): void => {
    const { id, kind, start, end } = frame;
    switch (kind) {
      case Call.HELLO:
        return this.greet(Hello.decode(buffer.subarray(start, end)));
      case Call.CANCEL:
        return this.cancel(id);
      case Call.CREDIT:
        return this.calls.get(id)?.grant(readCredit(new WireReader(buffer, start, end)));
      case Call.FRAGMENT:
        return this.onFragment(id, new WireReader(buffer, start, end));
    }
    if (this.window === 0) throw new VtError(Code.INVALID_ARGUMENT, 'a stream begins with hello');
    const endsSomething =
      kind === Call.COMMIT || kind === Call.ROLLBACK || kind === Call.RELEASE || atomicCalls.has(kind);
    if (this.calls.size >= MAX_CALLS && !endsSomething) {
      return this.answerError(
        id,
        new VtError(Code.RESOURCE_EXHAUSTED, `${MAX_CALLS} calls wait for the tablet`),
      );
    }
    const call = new ServerCall(id, frame.timeoutMs, frame.traceparent, this.window);
    this.calls.set(id, call);
    this.run(call, kind, buffer, start, end).then(
      () => this.done(call),
      (error: unknown) => {
        if (!call.isCanceled) this.answerError(id, error);
        this.done(call);
      },
    );
  };

  private async run(
    call: ServerCall,
    kind: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): Promise<void> {
    if (kind === Call.EXECUTE || kind === Call.STREAM) {
      const request = this.decoder.read(buffer, start, end);
      call.effectiveCallerId = request.effectiveCallerId;
      call.immediateCallerId = request.immediateCallerId;
      const { target, query, ids, options } = request;
      if (ids.transactionId !== 0n || ids.reservedId !== 0n) this.owners.used(this, ids);
      if (kind === Call.STREAM) {
        return this.sendAll(call, this.service.streamExecute(call, target, query, ids, options));
      }
      const result = await this.service.execute(call, target, query, ids, options);
      if (!call.isCanceled) this.answerResult(call.id, result);
      return;
    }
    const bytes = buffer.subarray(start, end);
    if (kind === Call.COMMIT || kind === Call.ROLLBACK || kind === Call.RELEASE) {
      const reservedId = await this.end(call, kind, bytes);
      if (call.isCanceled) return;
      const out = this.sink.begin(call.id);
      const ended = out.open(Answer.ENDED);
      out.bigint(1, reservedId);
      out.close(ended);
      this.sink.end();
      return;
    }
    const rpc = atomicCalls.get(kind);
    if (rpc !== undefined) return this.runAtomic(call, rpc, bytes);
    const opening = await openOn(this.service, call, kind, bytes);
    if (call.isCanceled || this.closed) return this.abandon(opening);
    this.owners.opened(this, opening.target, opening.opened);
    this.answerOpened(call.id, opening.opened);
    this.told.set(call.id, opening);
    if (this.told.size > MAX_TOLD) this.told.delete(this.told.keys().next().value!);
  }

  private cancel(id: number): void {
    const call = this.calls.get(id);
    if (call !== undefined) return call.cancel();
    const opening = this.told.get(id);
    if (opening === undefined) return;
    this.told.delete(id);
    // What cannot be ended now is ended by its own time limit.
    this.abandon(opening).catch(() => undefined);
  }

  private async runAtomic(call: ServerCall, rpc: AtomicRpc, bytes: Buffer): Promise<void> {
    const { answer, request: codec, response } = atomicFrames[rpc];
    const request = codec.decode(bytes) as AtomicRpcs[typeof rpc][0];
    // What is in doubt is not for the end of a stream to decide.
    if (rpc === 'prepare' || rpc === 'startCommit') {
      const { target, transactionId } = request as PrepareRequest;
      this.owners.ended(this, need(target), transactionId, 0n);
    }
    const result = await answerAtomicCall(this.service.atomic, rpc, call, request);
    if (call.isCanceled || this.closed) return;
    this.sink.begin(call.id).bytes(answer, response.encode(result).finish());
    this.sink.end();
  }

  private async end(call: ServerCall, kind: number, bytes: Buffer): Promise<bigint> {
    if (kind === Call.RELEASE) {
      const request = identified(call, ReleaseRequest.decode(bytes));
      const target = need(request.target);
      this.owners.ended(this, target, request.transactionId || request.reservedId, 0n);
      await this.service.release(call, target, request);
      return 0n;
    }
    const codec = kind === Call.COMMIT ? CommitRequest : RollbackRequest;
    const request = identified(call, codec.decode(bytes));
    const target = need(request.target);
    const { transactionId } = request;
    this.owners.used(this, { transactionId, reservedId: 0n });
    const reservedId = await (kind === Call.COMMIT
      ? this.service.commit(call, target, transactionId)
      : this.service.rollback(call, target, transactionId));
    this.owners.ended(this, target, transactionId, reservedId);
    return reservedId;
  }

  /** Ends what was opened for a caller that is not told of it any more. */
  private async abandon({ target, ids, opened }: Opening): Promise<void> {
    const ctx = { timeoutMs: ABANDON_TIMEOUT_MS };
    const { transactionId, reservedId } = opened;
    if (reservedId !== 0n && ids.reservedId === 0n) await this.service.release(ctx, target, opened);
    else if (transactionId !== 0n && ids.transactionId === 0n) {
      await this.service.rollback(ctx, target, transactionId);
    }
  }

  private async sendAll(call: ServerCall, results: AsyncIterable<Result>): Promise<void> {
    for await (const result of results) {
      await call.takeCredit();
      // Leaving the loop ends the statement.
      if (call.isCanceled) return;
      this.answerResult(call.id, result);
    }
    this.sink.begin(call.id).bytes(Answer.END, NOTHING);
    this.sink.end();
  }

  private answerResult(id: number, result: Result): void {
    const header = this.headerOf(result);
    this.write(id, Answer.RESULT, (out) => writeResult(out, result, header));
  }

  private answerOpened(id: number, opened: OpenedResult): void {
    const { result, error, tabletAlias } = opened;
    const header = result === undefined ? 0 : this.headerOf(result);
    this.write(id, Answer.OPENED, (out) => {
      out.bigint(1, opened.transactionId);
      out.bigint(2, opened.reservedId);
      if (tabletAlias !== undefined) out.bytes(3, TabletAlias.encode(tabletAlias).finish());
      out.string(4, opened.sessionStateChanges);
      if (error !== undefined) out.bytes(6, encodeCallError(error));
      if (result === undefined) return;
      const start = out.open(5);
      writeResult(out, result, header);
      out.close(start);
    });
  }

  private answerError(id: number, error: unknown): void {
    if (this.closed) return;
    this.sink.begin(id).bytes(Answer.ERROR, encodeCallError(error));
    this.sink.end();
  }

  private write(id: number, kind: number, fill: (out: WireWriter) => void): void {
    if (this.closed) return;
    const out = this.sink.begin(id);
    const start = out.open(kind);
    try {
      fill(out);
    } catch (error) {
      this.sink.abandon();
      throw error;
    }
    out.close(start);
    this.sink.end();
  }

  private headerOf({ fields }: Result): number {
    return this.headers.numberOf(fields, this.mayForget, this.define);
  }

  private readonly mayForget = (): boolean => !this.sink.hasLarge;

  private readonly define = (number: number, fields: readonly Field[]): void => {
    const out = this.sink.begin(0);
    const start = out.open(Answer.HEADER);
    out.number(1, number);
    writeFields(out, 2, fields);
    out.close(start);
    this.sink.endWhole();
  };

  private greet({ version, window }: Hello): void {
    if (version !== PIPELINE_VERSION) {
      throw new VtError(
        Code.UNIMPLEMENTED,
        `this tablet's pipeline has version ${PIPELINE_VERSION}, not ${version}`,
      );
    }
    this.window = Math.min(Math.max(window, 1), MAX_WINDOW);
    const hello = Hello.encode({ version: PIPELINE_VERSION, window: 0 }).finish();
    this.sink.begin(0).bytes(Answer.HELLO, hello);
    this.sink.end();
  }

  private onFragment(id: number, reader: WireReader): void {
    try {
      const whole = this.fragments.add(id, reader);
      if (whole !== undefined) this.onFrame(whole, readFrame(whole, 0, whole.length));
    } catch (error) {
      if (!(error instanceof VtError) || error.code !== Code.RESOURCE_EXHAUSTED) throw error;
      this.answerError(id, error);
    }
  }

  private done(call: ServerCall): void {
    this.calls.delete(call.id);
    this.endWhenIdle();
  }

  private endWhenIdle(): void {
    if (!this.ending || this.closed || this.calls.size > 0) return;
    this.sink.finish();
    this.stream.end();
    this.close();
  }

  /** The client is gone: nobody waits for what is under way. */
  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.sink.close();
    for (const call of this.calls.values()) call.cancel();
    this.owners.left(this);
    this.onClosed();
  }
}

const NOTHING = new Uint8Array(0);
function readCredit(reader: WireReader): number {
  let results = 0;
  while (reader.next()) {
    if (reader.field === 1) results = reader.varint();
    else reader.skip();
  }
  return results;
}
