import * as query from '@vitess-ts/proto/query';
import { End, LockWaits, LockWaitsRequest } from '@vitess-ts/proto/vtpipeline';
import type { AtomicRpc } from '../atomic-commit';
import { Answer, Call } from './pipeline-definition';

/** Writes and reads a message by its generated codec. */
interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

/** How a call of `AtomicCommit` goes over the pipeline. */
export interface AtomicFrame {
  call: number;
  answer: number;
  request: Codec;
  response: Codec;
}

const frame = (call: number, request: unknown, answer: number = Answer.DONE, response: unknown = End) =>
  ({ call, answer, request: request as Codec, response: response as Codec }) satisfies AtomicFrame;

export const atomicFrames: Readonly<Record<AtomicRpc, AtomicFrame>> = {
  prepare: frame(Call.PREPARE, query.PrepareRequest),
  commitPrepared: frame(Call.COMMIT_PREPARED, query.CommitPreparedRequest),
  rollbackPrepared: frame(Call.ROLLBACK_PREPARED, query.RollbackPreparedRequest),
  createTransaction: frame(Call.CREATE_TRANSACTION, query.CreateTransactionRequest),
  startCommit: frame(
    Call.START_COMMIT,
    query.StartCommitRequest,
    Answer.START_COMMIT,
    query.StartCommitResponse,
  ),
  setRollback: frame(Call.SET_ROLLBACK, query.SetRollbackRequest),
  concludeTransaction: frame(Call.CONCLUDE_TRANSACTION, query.ConcludeTransactionRequest),
  readTransaction: frame(
    Call.READ_TRANSACTION,
    query.ReadTransactionRequest,
    Answer.READ_TRANSACTION,
    query.ReadTransactionResponse,
  ),
  unresolvedTransactions: frame(
    Call.UNRESOLVED_TRANSACTIONS,
    query.UnresolvedTransactionsRequest,
    Answer.UNRESOLVED_TRANSACTIONS,
    query.UnresolvedTransactionsResponse,
  ),
  lockWaits: frame(Call.LOCK_WAITS, LockWaitsRequest, Answer.LOCK_WAITS, LockWaits),
};

const rpcs = Object.keys(atomicFrames) as AtomicRpc[];

/** The call of each kind of frame. */
export const atomicCalls: ReadonlyMap<number, AtomicRpc> = new Map(
  rpcs.map((name) => [atomicFrames[name].call, name]),
);

/** Codecs of the kinds of frames that answer them. */
export const atomicAnswers: ReadonlyMap<number, Codec> = new Map(
  rpcs.map((name) => [atomicFrames[name].answer, atomicFrames[name].response]),
);

export function decodeAtomicAnswer(kind: number, bytes: Uint8Array): unknown {
  return atomicAnswers.get(kind)?.decode(bytes);
}
