export * from './grpc-client';
export * from './grpc-limits';
export * from './grpc-server';
export * from './grpc-service';
export * from './log';
