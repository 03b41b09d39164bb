import { bool, defineOptions, port, processOptions, str } from '@vitess-ts/servenv';
import { topoOptions } from '@vitess-ts/topo';

/** The flags of vtctld. */
export const vtctldOptions = defineOptions({
  ...processOptions,
  bindAddress: str({ default: '127.0.0.1', help: 'address that the gRPC and HTTP servers bind' }),
  grpcPort: port({ default: 15999, help: 'gRPC port; 0 takes any free one' }),
  port: port({ default: 15000, help: 'HTTP port; 0 takes any free one' }),
  httpUsersFile: str({
    default: '',
    help: 'JSON file of who may use the HTTP API: {"name": {"password": "...", "role": "viewer|operator|admin"}}; without it nobody logs in',
  }),
  httpReadOnly: bool({ default: false, help: 'the HTTP API and the web page change nothing' }),
  vtgateGrpcAddress: str({
    default: '',
    help: 'host:port of the gRPC server of a vtgate, which runs statements of the web page',
  }),
  auditLogFile: str({ default: '', help: 'file for the records of all changes, one line of JSON each' }),
  ...topoOptions,
  // vtctld owns the embedded store; the others reach it through vtctld.
  topoImplementation: { ...topoOptions.topoImplementation, default: 'file' },
});
