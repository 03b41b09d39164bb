import { defineOptions, port, processOptions, str } from '@vitess-ts/servenv';

/** The flags of vtctld. */
export const vtctldOptions = defineOptions({
  ...processOptions,
  bindAddress: str({ default: '127.0.0.1', help: 'address that the gRPC and HTTP servers bind' }),
  grpcPort: port({ default: 15999, help: 'gRPC port; 0 takes any free one' }),
  port: port({ default: 15000, help: 'HTTP port; 0 takes any free one' }),
  topoImplementation: str({
    default: 'file',
    help: 'the topology: "file" (a directory of this process, which serves it to the others) or "remote"',
  }),
  topoGlobalServerAddress: str({
    default: '',
    help: 'address of the global topology: a directory for "file", host:port for "remote"',
  }),
  topoGlobalRoot: str({ default: '/vitess/global', help: 'path of the global records in the topology' }),
});
