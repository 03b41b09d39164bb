import type { MethodDefinition } from '@grpc/grpc-js';
import { PipelineService } from '@vitess-ts/proto/vtpipeline';

/** Version of the protocol; both sides must have the same. */
export const PIPELINE_VERSION = 1;
/** Results of one stream that may be under way before the receiver has taken them. */
export const STREAM_WINDOW = 8;

/** Fields of `vtpipeline.ClientFrame`. */
export const Call = {
  HELLO: 10,
  EXECUTE: 11,
  STREAM: 12,
  BEGIN: 13,
  BEGIN_EXECUTE: 14,
  RESERVE_EXECUTE: 15,
  RESERVE_BEGIN_EXECUTE: 16,
  COMMIT: 17,
  ROLLBACK: 18,
  RELEASE: 19,
  CANCEL: 20,
  CREDIT: 21,
  FRAGMENT: 22,
  PREPARE: 23,
  COMMIT_PREPARED: 24,
  ROLLBACK_PREPARED: 25,
  CREATE_TRANSACTION: 26,
  START_COMMIT: 27,
  SET_ROLLBACK: 28,
  CONCLUDE_TRANSACTION: 29,
  READ_TRANSACTION: 30,
  UNRESOLVED_TRANSACTIONS: 31,
  LOCK_WAITS: 32,
} as const;

/** Fields of `vtpipeline.ServerFrame`. */
export const Answer = {
  HELLO: 10,
  RESULT: 11,
  END: 12,
  OPENED: 13,
  ENDED: 14,
  ERROR: 15,
  GO_AWAY: 16,
  FRAGMENT: 17,
  HEADER: 18,
  DONE: 19,
  START_COMMIT: 20,
  READ_TRANSACTION: 21,
  UNRESOLVED_TRANSACTIONS: 22,
  LOCK_WAITS: 23,
} as const;

const asIs = (bytes: Buffer): Buffer => bytes;

/** `vtpipeline.Pipeline/Run` with batches as bytes, which are written and read frame by frame. */
export const runMethod: MethodDefinition<Buffer, Buffer> = {
  path: PipelineService.run.path,
  requestStream: true,
  responseStream: true,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
