import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { Code, VtError, toServiceError } from '@vitess-ts/vterrors';
import type { QueryService } from '../query-service';
import { runMethod } from './pipeline-definition';
import { ServerStream } from './server-stream';
import { TransactionOwners } from './transaction-owners';

/** The pipeline of a tablet. */
export interface Pipeline {
  /** Tells all clients to make no new calls on their streams; those under way are answered. New streams are refused. */
  drain(): void;
}

/** Most bytes of one frame. */
const MAX_FRAME_BYTES = 64 << 20;

/** Registers `vtpipeline.Pipeline` on a gRPC server. */
export function addPipeline(server: Pick<Server, 'addService'>, service: QueryService): Pipeline {
  const streams = new Set<ServerStream>();
  const owners = new TransactionOwners(service);
  let draining = false;
  const run = (call: ServerDuplexStream<Buffer, Buffer>): void => {
    if (draining) {
      call.emit('error', toServiceError(new VtError(Code.UNAVAILABLE, 'the tablet is shutting down')));
      return;
    }
    const stream = new ServerStream(call, service, owners, MAX_FRAME_BYTES, () => streams.delete(stream));
    streams.add(stream);
  };
  server.addService({ run: runMethod }, { run });
  return {
    drain: () => {
      draining = true;
      for (const stream of streams) stream.goAway();
    },
  };
}
