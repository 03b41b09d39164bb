import { defaultMaxMessageBytes } from './grpc-limits';
import { int, port, str } from './option-types';

/** Options of a component with debug pages. */
export const httpOptions = {
  port: port({ default: 0, help: 'port of the HTTP pages; 0 lets the system choose' }),
  bindAddress: str({ default: '127.0.0.1', help: 'address of the HTTP pages, which have no login' }),
} as const;

/** Options of a component with a gRPC server. */
export const grpcOptions = {
  grpcPort: port({ default: 0, help: 'port of the gRPC services; 0 lets the system choose' }),
  grpcBindAddress: str({ default: '127.0.0.1', help: 'address of the gRPC services' }),
  grpcMaxMessageSize: int({
    default: defaultMaxMessageBytes,
    min: 4096,
    max: 2 ** 31 - 1,
    help: 'most bytes of one gRPC message, in and out',
  }),
} as const;
