export * from './query-service';
export * from './atomic-commit';
export { addQueryService } from './grpc-server';
export { addPipeline, type Pipeline } from './pipeline/pipeline-server';
export { GrpcQueryService } from './grpc-client';
export { NotSentError, abortedError, wasNotSent } from './rpc-error';
export { TracedQueryService, type TracedQueryServiceOptions } from './traced-query-service';
export { LocalTablets, TabletTransport, type QueryTransport, type TabletTransportOptions } from './transport';
